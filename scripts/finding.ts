/** Something a step of the check found. An error fails the check; a warning is only listed. */
export interface Finding {
  readonly level: 'error' | 'warning'
  /** The rule's name, for example `tidy/promise-later`. */
  readonly rule: string
  /** Relative to the project's root. */
  readonly file: string
  /** From 1; absent when the finding is about the whole file. */
  readonly line?: number
  readonly message: string
}

/** One part of `npm run check`. Rejects only when the part itself could not run. */
export interface Step {
  readonly name: string
  run(root: string): Promise<readonly Finding[]>
}

export function describeFinding(finding: Finding): string {
  const place = finding.line === undefined ? finding.file : `${finding.file}:${finding.line}`
  return `${finding.level === 'error' ? 'error' : 'warn '} ${place} ${finding.rule}: ${finding.message}`
}
