import type { Decider } from '../../src/kernel/decider.ts'
import { fold } from '../../src/kernel/decider.ts'
import type { Json, RecordedEvent } from '../../src/kernel/event.ts'
import type { SessionCommand } from '../../src/sessions/commands.ts'
import type { Message } from '../../src/sessions/conversation.ts'
import { sessionDecider } from '../../src/sessions/decider.ts'
import type { AppendedMessage, sessionEvents } from '../../src/sessions/events.ts'
import { nextStep, reply, type Step, toolUseId } from '../../src/sessions/next-step.ts'
import type { Session } from '../../src/sessions/session.ts'
import { Recorder } from '../projections/events.ts'
import { answerData, intent, start } from './session-spec.ts'

/**
 * Plays a session by its rules alone, as a worker does: state in, one append out, again. The model and the
 * tools are scripts. A worker that dies is one that stops between two appends.
 */
export class Player {
  readonly recorder = new Recorder()
  state: Session = sessionDecider.initial
  /** Index in the log of the first event of each append. */
  readonly appends: number[] = []
  /** The model calls this worker itself is waiting for. */
  #inFlight = false

  get events(): readonly RecordedEvent[] {
    return this.recorder.events
  }

  /** A worker that takes the session over from its first `count` events. */
  static after(events: readonly RecordedEvent[], count: number): Player {
    const player = new Player()
    for (const event of events.slice(0, count)) player.recorder.add(event.stream, event.type, event.data)
    player.state = fold(
      sessionDecider as Decider<Session, SessionCommand, typeof sessionEvents>,
      player.events,
    )
    return player
  }

  /** One append; false when there is no step to take. */
  step(): boolean {
    if (this.state.status === 'none') return this.#say(start)
    const step = nextStep(this.state)
    if (step.kind === 'ended' || step.kind === 'wait') return false
    return this.#take(step)
  }

  play(): this {
    for (let steps = 0; this.step(); steps += 1) {
      if (steps > 100) throw new Error(`no end after ${steps} steps: ${JSON.stringify(nextStep(this.state))}`)
    }
    return this
  }

  #take(step: Exclude<Step, { kind: 'ended' | 'wait' }>): boolean {
    switch (step.kind) {
      case 'open_conversation': {
        const context = { sections: [], system: 'You are…', tools: [], promptVersion: 'prompt-1' }
        this.#inFlight = true
        return this.#say({ type: 'OpenConversation', context, call: intent() })
      }
      case 'repeat_call': {
        if (this.#inFlight) return this.#answer()
        this.#inFlight = true
        const { call, turn, requestDigest, attempt } = step.pending
        return this.#say({ type: 'CallModel', call, turn, requestDigest, attempt: attempt + 1, appended: [] })
      }
      case 'call_model':
        return this.#call(step.appended)
      case 'call_tool': {
        const { call, block, tool, input } = step
        const toolUse = toolUseId(call, block)
        return this.#say({
          type: 'CallTool',
          toolUse,
          call,
          block,
          tool,
          input,
          class: 'keyed',
          key: toolUse,
        })
      }
      case 'finish_tool':
        return this.#say({ type: 'ReturnTool', findings: [], ...toolResult(step.use) })
      case 'finish':
        return this.#finish()
    }
  }

  #finish(): boolean {
    const { answer, reminders, summary } = this.state
    const last = answer?.content.at(-1)
    const text = last?.type === 'text' ? String(last.text) : ''
    if (!text.includes('**') && reminders.length === 0) return this.#call(reply(answer!.call, 'Sum it up.'))
    if (summary === null) return this.#say({ type: 'RecordSummary', fields: [], missing: [], raw: text })
    return this.#say({ type: 'CompleteSession', notes: [] })
  }

  #call(appended: readonly AppendedMessage[]): boolean {
    const turn = this.state.turns + 1
    this.#inFlight = true
    return this.#say({ type: 'CallModel', ...intent({ call: `c${turn}`, turn, appended: [...appended] }) })
  }

  #answer(): boolean {
    this.#inFlight = false
    const { call } = this.state.pending!
    return this.#say({ type: 'RecordAnswer', ...answerData(scripted(this.state.messages)), call })
  }

  #say(command: SessionCommand): boolean {
    const decision = sessionDecider.decide(command, this.state)
    if (decision.kind === 'rejected') throw new Error(`${command.type}: ${decision.rejection.message}`)
    if (decision.events.length === 0) throw new Error(`${command.type} decided nothing`)
    this.appends.push(this.events.length)
    const recorded = decision.events.map((event) => this.recorder.add('session-one', event.type, event.data))
    this.state = fold(sessionDecider, recorded, this.state)
    return true
  }
}

/** A model that answers by what it is asked: tools, more tools, a pause, an end without summary, a summary. */
function scripted(messages: readonly Message[]): Partial<ReturnType<typeof answerData>> {
  const turns = messages.filter(({ role }) => role === 'assistant').length
  const text = (words: string) => ({ type: 'text' as const, text: words })
  const tool = (id: string, input: Json) => ({
    type: 'tool_use' as const,
    id,
    name: 'memory',
    input: input as never,
  })
  const answers = [
    { content: [text('I look.'), tool('t1', { at: 1 }), tool('t2', { at: 2 })], stopReason: 'tool_use' },
    { content: [tool('t1', { at: 3 })], stopReason: 'tool_use' },
    { content: [text('Wait…')], stopReason: 'pause_turn' },
    { content: [text('Done.')], stopReason: 'end_turn' },
    { content: [text('**Work Done**: all of it.')], stopReason: 'end_turn' },
  ]
  return answers[turns] ?? { content: [text('?')], stopReason: 'end_turn' }
}

function toolResult(use: { toolUse: string; input: Json }) {
  return { toolUse: use.toolUse, output: `result of ${JSON.stringify(use.input)}`, isError: false }
}
