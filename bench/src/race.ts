/** What is measured: each of its contenders gives the number of events that it appended or read. */
export type Race = Readonly<Record<string, () => Promise<number>>>

export interface Figures {
  readonly what: string
  /** Events a second, the median of the rounds. */
  readonly perSecond: Readonly<Record<string, number>>
  /** The median of the rounds' ratios of the first contender to the second. */
  readonly ratio: number
}

/**
 * Contenders take turns, and the first one changes from round to round; the first round does not count.
 * Within one round all meet the same weather on the machine, so ratios are made there.
 */
export async function race(what: string, contenders: Race, rounds: number): Promise<Figures> {
  const names = Object.keys(contenders)
  const rates: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round <= rounds; round += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + round) % names.length]!
      const began = performance.now()
      const events = await contenders[name]!()
      if (round > 0) rates[name]!.push((events * 1000) / (performance.now() - began))
    }
  }
  const perSecond = Object.fromEntries(names.map((name) => [name, Math.round(median(rates[name]!))]))
  const [ours, other] = names as [string, string]
  const ratios = rates[ours]!.map((rate, round) => rate / rates[other]![round]!)
  return { what, perSecond, ratio: Number(median(ratios).toFixed(2)) }
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}

/** One figure a line, as JSON: `main.ts` makes tables of them. */
export function tell(figures: Figures): void {
  console.log(JSON.stringify(figures))
}

export async function count(items: AsyncIterable<unknown>): Promise<number> {
  let seen = 0
  for await (const _ of items) seen += 1
  return seen
}

export function numberOf(flag: string, otherwise: number): number {
  const index = process.argv.indexOf(flag)
  return index < 0 ? otherwise : Number(process.argv[index + 1])
}
