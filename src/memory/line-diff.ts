import { diffArrays } from 'diff'
import { limits } from '../kernel/limits.ts'
import { linesOf } from './merge.ts'

/** `same`: lines that stay. `removed` and `added`: lines of the text before, and of the text after. */
export interface LineRun {
  readonly kind: 'same' | 'removed' | 'added'
  readonly lines: readonly string[]
}

/**
 * How one text becomes another, line by line; what is removed comes before what is added in its place. Two large
 * texts that have little in common are compared only between lines that each has once, so that nobody's text
 * can keep a process busy.
 */
export function diffLines(before: string, after: string): LineRun[] {
  return diffLineLists(linesOf(before), linesOf(after))
}

export function diffLineLists(before: readonly string[], after: readonly string[]): LineRun[] {
  const start = commonStart(before, after)
  const end = commonEnd(before.slice(start), after.slice(start))
  const old = before.slice(start, before.length - end)
  const now = after.slice(start, after.length - end)
  const middle = compared(old, now, limits.lineDiffEditsMax) ?? betweenAnchors(old, now)
  return joined([same(before.slice(0, start)), ...middle, same(before.slice(before.length - end))])
}

/** Undefined when they differ by more lines than that. */
function compared(
  old: readonly string[],
  now: readonly string[],
  maxEditLength: number,
): LineRun[] | undefined {
  return diffArrays([...old], [...now], { maxEditLength })?.map(({ added, removed, value }) => ({
    kind: added ? 'added' : removed ? 'removed' : 'same',
    lines: value,
  }))
}

function betweenAnchors(old: readonly string[], now: readonly string[]): LineRun[] {
  const runs: LineRun[] = []
  let [fromOld, fromNow] = [0, 0]
  for (const [inOld, inNow] of [...anchors(old, now), [old.length, now.length] as const]) {
    const [gone, come] = [old.slice(fromOld, inOld), now.slice(fromNow, inNow)]
    const replaced = [
      { kind: 'removed' as const, lines: gone },
      { kind: 'added' as const, lines: come },
    ]
    runs.push(...(compared(gone, come, limits.lineDiffGapEditsMax) ?? replaced))
    if (inOld < old.length) runs.push(same(old.slice(inOld, inOld + 1)))
    fromOld = inOld + 1
    fromNow = inNow + 1
  }
  return runs
}

/** Places of lines that both have once, as many as are in the same order in both. */
function anchors(old: readonly string[], now: readonly string[]): [number, number][] {
  const inNow = uniquePlaces(now)
  const pairs = [...uniquePlaces(old)].flatMap(([line, at]): [number, number][] => {
    const there = inNow.get(line)
    return there === undefined ? [] : [[at, there]]
  })
  return longestRising(pairs.sort(([a], [b]) => a - b))
}

function uniquePlaces(lines: readonly string[]): Map<string, number> {
  const places = new Map<string, number>()
  const twice = new Set<string>()
  for (const [at, line] of lines.entries()) {
    if (places.has(line)) twice.add(line)
    places.set(line, at)
  }
  for (const line of twice) places.delete(line)
  return places
}

/** The longest run of pairs whose second numbers rise, too. */
function longestRising(pairs: readonly [number, number][]): [number, number][] {
  const tails: number[] = []
  const before: number[] = []
  for (const [index, [, place]] of pairs.entries()) {
    let low = 0
    let high = tails.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (pairs[tails[middle]!]![1] < place) low = middle + 1
      else high = middle
    }
    before.push(low === 0 ? -1 : tails[low - 1]!)
    tails[low] = index
  }
  const rising: [number, number][] = []
  for (let index = tails.at(-1) ?? -1; index >= 0; index = before[index]!) rising.push(pairs[index]!)
  return rising.reverse()
}

function same(lines: readonly string[]): LineRun {
  return { kind: 'same', lines }
}

/** Without empty runs; neighbours of one kind are one run. */
function joined(runs: readonly LineRun[]): LineRun[] {
  const whole: LineRun[] = []
  for (const run of runs.filter(({ lines }) => lines.length > 0)) {
    const last = whole.at(-1)
    if (last?.kind === run.kind)
      whole[whole.length - 1] = { kind: run.kind, lines: [...last.lines, ...run.lines] }
    else whole.push(run)
  }
  return whole
}

function commonStart(a: readonly string[], b: readonly string[]): number {
  let index = 0
  while (index < a.length && index < b.length && a[index] === b[index]) index += 1
  return index
}

function commonEnd(a: readonly string[], b: readonly string[]): number {
  let count = 0
  while (count < a.length && count < b.length && a.at(-1 - count) === b.at(-1 - count)) count += 1
  return count
}
