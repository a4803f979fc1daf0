import type { Json } from '../kernel/event.ts'

/** What a tool may do twice. pure, keyed: run again; probeable: look first; unsafe: ask a person. */
export type ToolClass = 'pure' | 'keyed' | 'probeable' | 'unsafe'

export interface ToolRun {
  /** The same for every run of the same call: a keyed tool does nothing new the second time. */
  readonly key: string
  readonly signal: AbortSignal
}

/** What a tool found out that belongs on record beside its output. */
export interface Finding {
  readonly type: 'SectionRead' | 'FileChanged' | 'EditRefused'
  readonly data: Readonly<Record<string, unknown>>
}

export type ToolResult =
  | {
      readonly kind: 'returned'
      readonly output: string
      readonly isError: boolean
      readonly findings: readonly Finding[]
    }
  /** Somebody else has to answer first; the session pauses and the call is finished later. */
  | { readonly kind: 'waiting'; readonly waitsFor: 'answer' | 'approval'; readonly reason: string }

/**
 * Something an agent may use. `run` gives failures of the input and of the world back as results with
 * `isError`; it throws only when `signal` aborts or Daybook itself is wrong.
 */
export interface Tool {
  readonly name: string
  readonly description: string
  /** JSON Schema of the input, an object. */
  readonly inputSchema: { readonly [key: string]: Json }
  readonly class: ToolClass
  /** Whether a call with this input changes nothing; absent: only calls of a pure tool do. */
  onlyReads?(input: Json): boolean
  run(input: Json, run: ToolRun): Promise<ToolResult>
  /**
   * Of probeable tools: looks whether the call of this key took effect before the process died. Its result, or
   * null when it did not, and may run now. Asked before every second run, never before the first.
   */
  probe?(input: Json, run: ToolRun): Promise<ToolResult | null>
  /** Called once the result of this key is on record: what only a probe needs may go. */
  settled?(key: string): Promise<void>
}

export type Returned = Extract<ToolResult, { kind: 'returned' }>

export function returned(output: string, findings: readonly Finding[] = []): Returned {
  return { kind: 'returned', output, isError: false, findings }
}

export function failed(output: string, findings: readonly Finding[] = []): Returned {
  return { kind: 'returned', output, isError: true, findings }
}
