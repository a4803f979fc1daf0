import { type NewEvent, streamCategory, streamOf } from '../../src/kernel/event.ts'
import type { Disk } from './disk.ts'
import type { Break } from './laws.ts'

interface Call {
  readonly attempt: number
  readonly epoch: number
  failed: boolean
}

interface Called {
  /** Of each call, the last attempt. */
  readonly calls: Map<string, Call>
  readonly answered: Set<string>
}

export interface Effect {
  readonly session: string
  /** The model wrote it into the call's input, once. */
  readonly token: string
  readonly tool: string
  /** It was on its way while whoever had sent it stood still: nobody who looked first could see it. */
  readonly isBelated: boolean
}

/** Exactly once, as the outside sees it: model calls by what the model is asked, effects by what is done. */
export class CallLaws {
  readonly #disk: Disk
  readonly #breaks: Break
  readonly #sessions = new Map<string, Called>()
  /** Processes and the sessions whose next call they may make: its intent is on record. */
  readonly #intents = new Set<string>()
  readonly #effects = new Map<string, number>()
  readonly #belated = new Set<string>()
  readonly #handedOver = new Set<string>()
  /** Calls that were made again because nobody had heard of their answer. */
  repeated = 0
  effects = 0
  /** Second effects of what was belated. */
  belated = 0

  constructor(disk: Disk, breaks: Break) {
    this.#disk = disk
    this.#breaks = breaks
  }

  check(process: string, stream: string, event: NewEvent): void {
    if (streamCategory(stream) === 'session') this.#checkSession(process, stream, event)
    if (event.type === 'HandoffRequested') this.#checkNeed(event)
  }

  /** A process asks the model for a session's next answer: one call for each intent of its own. */
  modelAsked(process: string, session: string): void {
    const key = `${process} ${streamOf('session', session)}`
    if (!this.#intents.delete(key))
      this.#breaks('call_has_its_own_intent', `${key} asks the model with no intent left on record`)
  }

  /** Something happens in the world outside. */
  effect({ session, token, tool, isBelated }: Effect): void {
    this.effects += 1
    const stream = this.#disk.stream(streamOf('session', session))
    const own = stream.filter(
      ({ type, data }) =>
        type === 'ToolCalled' && (data as { input?: { token?: string } }).input?.token === token,
    )
    if (own.length === 0)
      this.#breaks(
        'effect_has_its_intent',
        `${tool} acts for ${token} of ${session}, with no intent on record`,
      )
    const key = `${session} ${token}`
    const count = (this.#effects.get(key) ?? 0) + 1
    this.#effects.set(key, count)
    if (isBelated) this.#belated.add(key)
    const uses = new Set(own.map(({ data }) => (data as { toolUse: string }).toolUse))
    const again = stream.filter(({ type, data }) => {
      const { toolUse, decision } = data as { toolUse?: string; decision?: string }
      return type === 'OutcomeDecided' && decision === 'retry' && uses.has(toolUse ?? '')
    })
    if (count <= 1 + again.length) return
    if (this.#belated.has(key)) this.belated += 1
    else
      this.#breaks('effect_happens_once', `${tool} acted ${count} times for ${token} of session ${session}`)
  }

  #checkSession(process: string, stream: string, { type, data }: NewEvent): void {
    const { call, attempt = 1, epoch = 0 } = data as { call?: string; attempt?: number; epoch?: number }
    if (call === undefined) return
    const called = this.#called(stream)
    if (type === 'ModelCalled') {
      const before = called.calls.get(call)
      if (called.answered.has(call))
        this.#breaks(
          'recorded_call_is_not_repeated',
          `${stream}: ${call} is to be made again after its answer`,
        )
      if (before !== undefined && !before.failed) {
        this.repeated += 1
        if (epoch <= before.epoch)
          this.#breaks(
            'call_is_repeated_once_per_takeover',
            `${stream}: attempt ${attempt} of ${call} in epoch ${epoch}, as was the one in flight`,
          )
      }
      called.calls.set(call, { attempt, epoch, failed: false })
      this.#intents.add(`${process} ${stream}`)
    }
    if (type === 'ModelAnswered') called.answered.add(call)
    const failed = called.calls.get(call)
    if (type === 'ModelFailed' && failed?.attempt === attempt) failed.failed = true
  }

  #checkNeed({ data }: NewEvent): void {
    const { session, need } = data as { session?: string; need: string }
    if (session === undefined) return
    const key = `${session} ${need.replace(/^[\w-]+:\s*/u, '')}`
    if (this.#handedOver.has(key))
      this.#breaks('need_is_handed_over_once', `session ${session} hands over again: ${need}`)
    this.#handedOver.add(key)
  }

  #called(stream: string): Called {
    const known = this.#sessions.get(stream) ?? { calls: new Map(), answered: new Set() }
    this.#sessions.set(stream, known)
    return known
  }
}
