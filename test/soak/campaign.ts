/** What a campaign is told. */
export interface SoakOptions {
  /** Of all its randomness; printed, so that what was found can be found again. */
  readonly seed: number
  /** Share of its whole length, for a first look: 0.01 is a hundredth. */
  readonly scale: number
  readonly report: (line: string) => void
}

/** What a campaign found out, by name. */
export type Figures = Readonly<Record<string, string | number | boolean>>

/**
 * A long series of attempts to break one promise. Resolves with its figures; rejects when the promise does not
 * hold, with what is needed to see it again. Every file beside this one that exports a `soak` is run.
 */
export interface Soak {
  readonly name: string
  run(options: SoakOptions): Promise<Figures>
}

/** So many of a whole campaign's `count`, at least one. */
export function share(count: number, { scale }: Pick<SoakOptions, 'scale'>): number {
  return Math.max(1, Math.round(count * scale))
}
