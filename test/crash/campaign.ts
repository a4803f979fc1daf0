import { mulberry32 } from '../memory/generated-texts.ts'
import { type Death, type History, playHistory } from './history.ts'
import { added, judge, noTally, type Tally } from './judge.ts'
import { mayPassBy, type NamedPoint, namedPoints, nameOf, playPoint } from './named-points.ts'
import { type ModelKind, models, type Step } from './next-step.ts'

export interface CampaignOptions {
  readonly seed: number
  /** Histories that are played beside each other. */
  readonly lanes: number
  readonly report: (line: string) => void
}

export interface Found {
  readonly tally: Tally
  /** Each with what is needed to play it again. */
  readonly problems: readonly string[]
}

export interface FoundAtPoints extends Found {
  /** Named points of the workflow. */
  readonly points: number
  /** Of those that were to be died at, how many were. */
  readonly diedAt: number
}

/** One history for each named point of a model's workflow, or for a share of them, by the seed. */
export async function atNamedPoints(
  model: ModelKind,
  { seed, lanes, report, share }: CampaignOptions & { readonly share: number },
): Promise<FoundAtPoints> {
  // A slice does not pay for the recordings that only a few points need.
  await using named = await namedPoints(model, share < sliceMax ? 'without' : 'with')
  const { points, undisturbed } = named
  const chosen = chosenBy(mulberry32(seed), points, Math.ceil(points.length * Math.min(1, share)))
  const first = judge(undisturbed)
  const sums = new Sums(report)
  sums.add(`${model}, without a kill`, first)
  let diedAt = 0
  let done = 0
  await inLanes(lanes, chosen, async (point) => {
    const name = `${model}: ${nameOf(point)}`
    const history = await playPoint(model, point)
    const { tally, problems } = judge(history)
    const came = history.processes[0]?.killedAt === point.at
    if (came) diedAt += 1
    const missed = came || mayPassBy(point) ? [] : ['the point was not passed']
    done += 1
    if (done % 25 === 0)
      report(`${model}: ${done} of ${chosen.length} points, ${sums.problems.length} problems`)
    sums.add(name, { tally, problems: [...problems, ...missed] })
  })
  return { points: points.length, diedAt, tally: sums.tally, problems: sums.problems }
}

/** Histories of both models in which process after process dies at a place or an instant by chance. */
export async function atRandom({
  seed,
  lanes,
  report,
  kills,
}: CampaignOptions & { readonly kills: number }): Promise<Found> {
  const sums = new Sums(report)
  const pace = { ms: startMs }
  let begun = 0
  let asked = 0
  const lane = async () => {
    while (asked < kills && begun < kills * 2 + 10) {
      begun += 1
      const number = begun
      const killsMax = Math.min(killsPerHistoryMax, kills - asked)
      asked += killsMax
      const history = await playRandom({ seed: seed + number, number, killsMax, pace })
      // What came too late to be a kill is asked for again.
      asked -= killsMax - history.kills
      const { tally, problems } = judge(history)
      sums.add(`seed ${seed}, history ${number}: ${killsOf(history)}`, { tally, problems })
      report(
        `history ${number} (${history.options.model}): ${history.kills} kills, ${history.events.length} events, ${tally.callsInFlightRepeated} calls repeated; ${sums.tally.kills} of ${kills} kills, ${sums.problems.length} problems`,
      )
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return { tally: sums.tally, problems: sums.problems }
}

const sliceMax = 0.05
const killsPerHistoryMax = 8
/** How long a process lives that nobody kills, before one was seen. */
const startMs = 2_000
/** Points that a process passes before it dies at one, at most: fewer than most have before them. */
const pointsAhead = 90

interface RandomHistory {
  readonly seed: number
  readonly number: number
  readonly killsMax: number
  /** How long processes live, as they go: instants by chance have to fall into it on any machine. */
  readonly pace: { ms: number }
}

async function playRandom({ seed, number, killsMax, pace }: RandomHistory): Promise<History> {
  const random = mulberry32(seed)
  const history = await playHistory({
    model: models[number % models.length]!,
    concurrency: random() < 0.5 ? 1 : 3,
    death: (step, kills) => (kills >= killsMax ? null : deathBy(random, { step, pace })),
  })
  const lived = history.processes.filter(({ killedAt, step }) => killedAt === null && step === 'resume')
  for (const { ms } of lived) pace.ms += (ms - pace.ms) / 10
  return history
}

function deathBy(random: () => number, { step, pace }: { step: Step; pace: { ms: number } }): Death {
  if (random() < 0.4) return { afterMs: Math.floor(random() * pace.ms) }
  const isShort = step === 'approve' || step === 'decide'
  return { nth: 1 + Math.floor(random() * (isShort ? 4 : pointsAhead)) }
}

function killsOf({ processes }: History): string {
  return processes.map(({ step, killedAt }) => (killedAt === null ? step : `${step} ${killedAt}`)).join('; ')
}

class Sums {
  readonly problems: string[] = []
  readonly #report: (line: string) => void
  tally: Tally = noTally

  constructor(report: (line: string) => void) {
    this.#report = report
  }

  add(name: string, { tally, problems }: { tally: Tally; problems: readonly string[] }): void {
    this.tally = added(this.tally, tally)
    for (const problem of problems) {
      this.problems.push(`${name}: ${problem}`)
      this.#report(`PROBLEM ${name}: ${problem}`)
    }
  }
}

function chosenBy(random: () => number, points: readonly NamedPoint[], count: number): NamedPoint[] {
  const left = [...points]
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const [point] = left.splice(Math.floor(random() * left.length), 1)
    return point!
  })
}

async function inLanes<Item>(lanes: number, items: readonly Item[], act: (item: Item) => Promise<void>) {
  const left = items.values()
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (const item of left) await act(item)
    }),
  )
}
