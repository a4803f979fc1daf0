import type { RecordedEvent } from '../../src/kernel/event.ts'
import { problemsOf } from '../soak/history.ts'
import { effectsWanted, ledger } from './crew.ts'
import type { History } from './history.ts'
import type { AskedCall } from './outside.ts'

/** What the campaign counts over its histories. Everything but the first four has to be 0. */
export interface Tally {
  readonly histories: number
  readonly kills: number
  /** Model calls that were made again because a kill had cut them off: at most one for each session at work. */
  readonly callsInFlightRepeated: number
  /** The most of them after one kill. */
  readonly repeatedPerKillMax: number
  readonly acknowledgedLost: number
  readonly recordedCallsRepeated: number
  readonly effectsTwice: number
  readonly effectsMissing: number
  readonly notIntact: number
  readonly notRebuilt: number
}

export interface Judgement {
  readonly tally: Tally
  /** In sentences; empty when every promise was kept. */
  readonly problems: readonly string[]
}

/** Holds a finished history to the promises. */
export function judge(history: History): Judgement {
  const { kills, options } = history
  const calls = judgeCalls(history)
  const lost = lostEvents(history)
  const effects = judgeEffects(history)
  const intact = history.prove.code === 0 && history.prove.stdout.includes('"intact":true')
  const problems = [
    ...history.trouble,
    ...logProblems(history),
    ...lost.map((line) => `acknowledged and not in the log: ${line}`),
    ...calls.problems,
    ...effects.twice.map((token) => `"${token}" happened ${history.effects.get(token)} times`),
    ...effects.missing.map((token) => `"${token}" did not happen`),
    ...(calls.perKillMax > options.concurrency
      ? [`one kill made ${calls.perKillMax} calls repeat; ${options.concurrency} sessions were at work`]
      : []),
    ...(intact ? [] : [`prove ended with ${history.prove.code}: ${history.prove.stdout.slice(0, 500)}`]),
    ...(history.check.code === 0
      ? []
      : [`rebuild --check ended with ${history.check.code}: ${history.check.stdout.slice(0, 500)}`]),
    ...(history.shown === history.rendered ? [] : ['insights.md on disk is not what the log says']),
    ...ledgerProblems(history),
  ]
  const tally: Tally = {
    histories: 1,
    kills,
    callsInFlightRepeated: calls.inFlight,
    repeatedPerKillMax: calls.perKillMax,
    acknowledgedLost: lost.length,
    recordedCallsRepeated: calls.recorded,
    effectsTwice: effects.twice.length,
    effectsMissing: effects.missing.length,
    notIntact: intact ? 0 : 1,
    notRebuilt: history.check.code === 0 ? 0 : 1,
  }
  return { tally, problems }
}

export const noTally: Tally = {
  histories: 0,
  kills: 0,
  callsInFlightRepeated: 0,
  repeatedPerKillMax: 0,
  acknowledgedLost: 0,
  recordedCallsRepeated: 0,
  effectsTwice: 0,
  effectsMissing: 0,
  notIntact: 0,
  notRebuilt: 0,
}

export function added(one: Tally, other: Tally): Tally {
  const keys = Object.keys(noTally) as (keyof Tally)[]
  const sums = keys.map((key) => {
    const pair = [one[key], other[key]] as const
    return [key, key === 'repeatedPerKillMax' ? Math.max(...pair) : pair[0] + pair[1]] as const
  })
  return Object.fromEntries(sums) as unknown as Tally
}

/** A kill inside an unsafe call leaves its outcome unknown, which a person decides: that is as promised. */
function logProblems({ events, workflow, killsInAll }: History): string[] {
  if (workflow === null) return ['no workflow was started']
  return problemsOf(events, workflow).filter(
    (problem) => killsInAll === 0 || !problem.startsWith('OutcomeUnknown in '),
  )
}

function lostEvents({ events, acknowledged }: History): string[] {
  const there = new Set(events.map(({ id }) => id))
  return acknowledged.filter((line) => !there.has(line.split(' ')[0] ?? ''))
}

interface CallsFound {
  readonly recorded: number
  readonly inFlight: number
  readonly perKillMax: number
  readonly problems: readonly string[]
}

type Answered = RecordedEvent<'ModelAnswered', { readonly call: string; readonly requestId?: string }>

/** Every request that arrived outside is the one whose answer is on record, or one that a kill cut off before. */
function judgeCalls({ events, calls }: Pick<History, 'events' | 'calls'>): CallsFound {
  const answers = events.filter((event): event is Answered => event.type === 'ModelAnswered')
  const problems: string[] = []
  const perKill = new Map<number, number>()
  let recorded = 0
  const byDigest = Map.groupBy(calls, ({ digest }) => digest)
  const answeredDigests = new Map<string, AskedCall>()
  for (const { data, stream } of answers) {
    const asked = calls.find(({ id }) => id === data.requestId)
    if (asked === undefined) problems.push(`the answer to ${data.call} of ${stream} came from nowhere`)
    else answeredDigests.set(asked.digest, asked)
  }
  for (const [digest, same] of byDigest) {
    const kept = answeredDigests.get(digest)
    if (kept === undefined) {
      problems.push(`${same[0]!.id} was asked, and no answer is on record`)
      continue
    }
    const later = same.slice(same.indexOf(kept) + 1)
    recorded += later.length
    for (const { id } of later) problems.push(`${id} asks again for what ${kept.id} had answered on record`)
    for (const [index, { id, kills }] of same.slice(0, same.indexOf(kept)).entries()) {
      if (same[index + 1]!.kills === kills) problems.push(`${id} was asked again without a kill in between`)
      perKill.set(kills, (perKill.get(kills) ?? 0) + 1)
    }
  }
  const inFlight = [...perKill.values()].reduce((sum, count) => sum + count, 0)
  return { recorded, inFlight, perKillMax: Math.max(0, ...perKill.values()), problems }
}

function judgeEffects({ effects }: Pick<History, 'effects'>): { twice: string[]; missing: string[] } {
  return {
    twice: [...effects].flatMap(([token, count]) => (count > 1 ? [token] : [])),
    missing: effectsWanted.filter((token) => !effects.has(token)),
  }
}

function ledgerProblems({ options, ledger: found }: History): string[] {
  const wanted = options.model === 'claude' ? ledger.text : null
  return found === wanted ? [] : [`${ledger.path} holds ${JSON.stringify(found)}`]
}
