import type { limits } from '../../src/kernel/limits.ts'
import type { Hazard, Surface } from './hazards.ts'

/** Everything that a hostile input must not change. */
export interface State {
  /** Of the log, in order. */
  readonly events: readonly { readonly type: string; readonly stream: string; readonly text: string }[]
  /** Sections of the documents, by document and heading, as they are read from the rendered text. */
  readonly documents: Readonly<Record<string, string>>
  /** Files that nobody may write, by path. */
  readonly files: Readonly<Record<string, string>>
}

/** What can be fired at. */
export interface Target {
  state(): Promise<State>
  /** A file that only code which was run would make. */
  readonly canary: string
}

/** Something that was done for the hostile input, counted, beside the limit that bounds it. */
export interface Work {
  readonly limit: LimitName
  /** In the limit's unit. */
  readonly used: number
}

/** What came back. */
export interface Answered {
  /** The problem's code, the exit code, or `stored` and the like where nothing is refused. */
  readonly code: string
  /** The words that explain it. */
  readonly says: string
  readonly work: readonly Work[]
  /** What else is wrong with it, for a person; absent when nothing is. */
  readonly wrong?: string
}

export type Expected =
  | {
      readonly kind: 'refused'
      readonly code: string
      readonly says: RegExp
      /** Types of the events that a refusal leaves, exactly; none when absent. */
      readonly records?: readonly string[]
    }
  | {
      /** It is taken as what it is, and does no harm: how, as the documentation says. */
      readonly kind: 'harmless'
      readonly code: string
      readonly as: string
      /** Types of the events that it may leave. */
      readonly records: readonly string[]
      /** The one section that it may write, as `insights ## System Plans`. */
      readonly writes?: string
    }

export interface Case<At extends Target = Target> {
  readonly surface: Surface
  readonly hazard: string
  readonly name: string
  readonly expects: Expected
  /** Its time is a limit's own, so it is not fired many times. */
  readonly waits: boolean
  /** Prepares what it needs, and gives what fires: between the two the state is looked at. */
  readonly aim: (target: At) => Promise<() => Promise<Answered>>
}

type Described<At extends Target> = Pick<Case<At>, 'name' | 'expects' | 'aim'> & { readonly waits?: boolean }

/** Makes cases of one surface, under the hazards that it has, for a kind of target. */
export function casesFor<At extends Target>() {
  return <On extends Surface>(
    surface: On,
    byHazard: Readonly<Record<Hazard<On>, readonly Described<At>[]>>,
  ): readonly Case<At>[] =>
    Object.entries<readonly Described<At>[]>(byHazard).flatMap(([hazard, cases]) =>
      cases.map((one) => ({ surface, hazard, waits: false, ...one })),
    )
}

export type LimitName = keyof typeof limits
