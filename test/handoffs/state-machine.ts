import type { HandoffCommand } from '../../src/handoffs/commands.ts'
import { handoffDecider } from '../../src/handoffs/decider.ts'
import type { Handoff, HandoffStatus } from '../../src/handoffs/handoff.ts'
import { fold } from '../../src/kernel/decider.ts'
import type { RecordedEvent } from '../../src/kernel/event.ts'
import { limits } from '../../src/kernel/limits.ts'
import { person } from '../projections/events.ts'
import {
  ask,
  at,
  cancel,
  complete,
  deadLetter,
  decline,
  expire,
  fail,
  failUnheld,
  leave,
  needs,
  progress,
  redrive,
  route,
  supply,
  take,
} from './handoff-spec.ts'

/** Who may say it. */
export type Speaker = 'sender' | 'coordinator' | 'holder' | 'person'

interface Say {
  /** As the picture calls it. */
  readonly word: string
  readonly by: Speaker
  readonly command: (state: Handoff) => HandoffCommand
}

const epochOf = (state: Handoff) => state.lease?.epoch ?? 1
const holderOf = (state: Handoff) => state.lease?.worker ?? 'worker-1'
/** In turn, so that a handoff can be declined again and again. */
const receivers = ['frontend-developer', 'tester', 'writer', 'fixer', 'auditor', 'planner']
const receiver = ({ declined }: Handoff) =>
  receivers.find((name) => !declined.includes(name)) ?? 'nobody-left'

/** Everything that can be said about a handoff, in every way that makes a difference. */
export const sayings: readonly Say[] = [
  { word: 'request', by: 'sender', command: () => ask() },
  {
    word: 'request too deep',
    by: 'sender',
    command: () => ({ ...ask(), tooDeep: 'Too deep.' }) as HandoffCommand,
  },
  { word: 'route', by: 'coordinator', command: (state) => route('blocks', { to: receiver(state) }) },
  {
    word: 'route',
    by: 'coordinator',
    command: (state) => route('blocks', { to: receiver(state), requirements: needs, missing: needs }),
  },
  { word: 'find nobody', by: 'coordinator', command: () => leave },
  { word: 'supply', by: 'sender', command: () => supply(needs) },
  { word: 'supply', by: 'sender', command: () => supply(needs.slice(0, 1)) },
  {
    word: 'force',
    by: 'person',
    command: () => ({ type: 'SupplyHandoff', by: person, provides: [], forced: true, note: 'Go.' }),
  },
  { word: 'accept', by: 'holder', command: () => take({ worker: 'worker-1', leaseUntil: at(30) }) },
  {
    word: 'accept',
    by: 'holder',
    command: (state) =>
      take({
        worker: 'elsewhere',
        session: 's-elsewhere',
        leaseUntil: at(30),
        external: state.to ?? 'nobody',
      }),
  },
  {
    word: 'take over',
    by: 'holder',
    command: () =>
      take({ worker: 'worker-2', session: 's-next', leaseUntil: at(30), takeover: 'expired', now: at(59) }),
  },
  {
    word: 'take over',
    by: 'holder',
    command: (state) =>
      take({
        worker: 'another',
        session: 's-another',
        takeover: 'expired',
        now: at(59),
        leaseUntil: at(30),
        external: state.to ?? 'nobody',
      }),
  },
  {
    word: 'report',
    by: 'holder',
    command: (state) => progress({ epoch: epochOf(state), worker: holderOf(state), leaseUntil: at(40) }),
  },
  {
    word: 'give up',
    by: 'holder',
    command: (state) =>
      progress({ epoch: epochOf(state), worker: holderOf(state), leaseUntil: at(0), released: true }),
  },
  {
    word: 'decline',
    by: 'holder',
    command: ({ to }) => ({ ...decline, by: to ?? 'tester' }) as HandoffCommand,
  },
  {
    word: 'decline',
    by: 'holder',
    command: (state) => ({ ...decline, by: state.to ?? 'tester', epoch: epochOf(state) }) as HandoffCommand,
  },
  { word: 'complete', by: 'holder', command: (state) => complete(epochOf(state)) },
  { word: 'fail', by: 'holder', command: (state) => fail(epochOf(state)) },
  { word: 'fail', by: 'coordinator', command: () => failUnheld },
  { word: 'expire', by: 'coordinator', command: () => expire },
  { word: 'set aside', by: 'coordinator', command: () => deadLetter },
  { word: 'cancel', by: 'person', command: () => cancel },
  { word: 'redrive', by: 'person', command: () => ({ ...redrive, now: at(59) }) as HandoffCommand },
]

export interface Step {
  readonly from: HandoffStatus
  readonly to: HandoffStatus
  readonly word: string
  readonly by: Speaker
}

/** Where a saying leads; null when it is refused or decides nothing. */
export function said(state: Handoff, { command }: Say): Handoff | null {
  const decision = handoffDecider.decide(command(state), state)
  if (decision.kind === 'rejected' || decision.events.length === 0) return null
  return fold(handoffDecider, decision.events as unknown as RecordedEvent[], state)
}

/** After so many agents have declined it, one after the other. */
function declinedBy(count: number): Handoff {
  const words = ['request', ...Array.from({ length: count }, () => ['route', 'decline']).flat()]
  return words.reduce<Handoff>((state, word) => {
    const say = sayings.find((one) => one.word === word)!
    return said(state, say)!
  }, handoffDecider.initial)
}

/**
 * Every state that `depth` sayings can lead to, each once, and every step on the way: from nothing, and from where
 * the last agents are asked that will be.
 */
export function explored(depth: number): { readonly states: Handoff[]; readonly steps: Step[] } {
  const begins = [handoffDecider.initial, declinedBy(limits.handoffDeclinesMax - 1)]
  const seen = new Map(begins.map((state) => [keyOf(state), state]))
  const steps = new Map<string, Step>()
  let edge = begins
  for (let round = 0; round < depth && edge.length > 0; round += 1) {
    const next: Handoff[] = []
    for (const state of edge) {
      for (const say of sayings) {
        const after = said(state, say)
        if (after === null) continue
        const step = { from: state.status, to: after.status, word: say.word, by: say.by }
        steps.set(JSON.stringify(step), step)
        const key = keyOf(after)
        if (seen.has(key)) continue
        seen.set(key, after)
        next.push(after)
      }
    }
    edge = next
  }
  return { states: [...seen.values()], steps: [...steps.values()] }
}

/** Two states are one when nothing that is decided later could tell them apart. */
function keyOf({ context, provides, answer, reason, note, lateResults, redrives, ...rest }: Handoff): string {
  const { epoch, lease, ...kept } = rest
  const held = lease === null ? null : [lease.worker, lease.leaseUntil, lease.external === true]
  return JSON.stringify([kept, held, provides.length > 0, redrives > 0, lateResults.length > 0])
}

/** Every way from one status to another, with the words that lead there. */
export function picture(steps: readonly Pick<Step, 'from' | 'to' | 'word'>[]): string[] {
  const words = new Map<string, Set<string>>()
  for (const { from, to, word } of steps) {
    if (from === to) continue
    const way = `${from} --> ${to}`
    words.set(way, (words.get(way) ?? new Set()).add(word))
  }
  return [...words].map(([way, by]) => `${way}: ${[...by].sort().join(', ')}`).sort()
}

/** The same, as a Mermaid state diagram draws it: an arrow from a box stands for one from everything in the box. */
export function drawnWays(mermaid: string): string[] {
  const boxes = new Map<string, Set<string>>()
  const arrows: { from: string; to: string; words: string[] }[] = []
  let box: Set<string> | null = null
  for (const line of mermaid.split('\n').map((one) => one.trim())) {
    const opened = /^state (\w+) \{$/u.exec(line)?.[1]
    const arrow = /^(\S+) --> (\S+): (.+)$/u.exec(line)
    if (opened !== undefined) box = boxes.set(opened, new Set()).get(opened) ?? null
    else if (line === '}') box = null
    else if (arrow !== null) {
      const [, from = '', to = '', words = ''] = arrow
      box?.add(from).add(to)
      arrows.push({ from, to, words: words.split(', ') })
    } else if (line !== '') box?.add(line)
  }
  const steps = arrows.flatMap(({ from, to, words }) =>
    [...(boxes.get(from) ?? [from === '[*]' ? 'none' : from])].flatMap((status) =>
      words.map((word) => ({ from: status as HandoffStatus, to: to as HandoffStatus, word })),
    ),
  )
  return picture(steps)
}
