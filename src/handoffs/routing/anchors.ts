import type { Edge } from './edges.ts'
import type { Terms } from './terms.ts'
import { rarity } from './text-index.ts'

/**
 * Notes by which others point at an agent describe it best (as anchor texts describe web pages). Two views are
 * averaged: all notes together as one text by BM25, where each sender counts once per word; and the one
 * note that is most like the need by its words and grams.
 */
export interface AnchorIndex {
  readonly edges: readonly Edge[]
  /** Stem -> agent pointed at -> senders who use it. */
  readonly senders: ReadonlyMap<string, ReadonlyMap<number, ReadonlySet<number>>>
  /** Words of all notes about an agent. */
  readonly lengths: ReadonlyMap<number, number>
  readonly lengthAverage: number
  /** In how many notes a stem or gram stands. */
  readonly spread: ReadonlyMap<string, number>
  /** Length of each note's vector of stems, and of grams. */
  readonly norms: readonly { readonly stems: number; readonly grams: number }[]
  /** Stem or gram -> the notes it stands in, and what it adds to their likeness for each time in the need. */
  readonly notes: ReadonlyMap<string, readonly { readonly note: number; readonly amount: number }[]>
}

const saturation = 3
const lengthShare = 0.5

export function anchorIndex(edges: readonly Edge[]): AnchorIndex {
  const noted = edges.filter((edge) => edge.note !== null)
  const senders = new Map<string, Map<number, Set<number>>>()
  const lengths = new Map<number, number>()
  const spread = new Map<string, number>()
  for (const edge of noted) {
    lengths.set(edge.to, (lengths.get(edge.to) ?? 0) + edge.terms.words.length)
    for (const stem of edge.terms.stems) {
      count(spread, stem)
      const byAgent = senders.get(stem) ?? new Map<number, Set<number>>()
      senders.set(stem, byAgent)
      byAgent.set(edge.to, (byAgent.get(edge.to) ?? new Set<number>()).add(edge.from))
    }
    for (const gram of edge.terms.grams.keys()) count(spread, gramKey(gram))
  }
  const total = [...lengths.values()].reduce((sum, length) => sum + length, 0)
  const index = {
    edges: noted,
    senders,
    lengths,
    lengthAverage: total / Math.max(1, lengths.size),
    spread,
    norms: [],
    notes: new Map(),
  }
  return { ...index, norms: noted.map((edge) => normsOf(index, edge.terms)), notes: notesByTerm(index) }
}

/**
 * What others' notes say for every agent; the sender's own notes are left out, they are edges of its own. `whole`
 * is what one sender reaches who says all of the need: the measure of a good value of `together`.
 */
export function anchorScores(
  index: AnchorIndex,
  need: Terms,
  who: { agentCount: number; sender: number | null },
) {
  const together = new Float64Array(who.agentCount)
  let whole = 0
  for (const stem of need.stems) {
    const byAgent = index.senders.get(stem)
    const weight = rarity(byAgent?.size ?? 0, index.lengths.size)
    whole += weight / (1 + saturation)
    if (byAgent === undefined) continue
    for (const [agent, senders] of byAgent) {
      const others = senders.size - (who.sender !== null && senders.has(who.sender) ? 1 : 0)
      const length = 1 - lengthShare + (lengthShare * index.lengths.get(agent)!) / index.lengthAverage
      together[agent]! += (weight * others) / (others + saturation * length)
    }
  }
  return { together, whole, best: bestNotes(index, need, who) }
}

/** For every agent the edge whose note is most like the need, from 0 to 1. */
export interface BestNotes {
  readonly likeness: Float64Array
  readonly edges: readonly (Edge | undefined)[]
}

function bestNotes(
  index: AnchorIndex,
  need: Terms,
  who: { agentCount: number; sender: number | null },
): BestNotes {
  const likeness = new Float64Array(who.agentCount)
  const edges: (Edge | undefined)[] = new Array(who.agentCount).fill(undefined)
  const likes = noteLikenesses(index, need)
  index.edges.forEach((edge, note) => {
    if (edge.from === who.sender || likes[note]! <= likeness[edge.to]!) return
    likeness[edge.to] = likes[note]!
    edges[edge.to] = edge
  })
  return { likeness, edges }
}

type Norms = AnchorIndex['norms'][number]

/** For every note the mean of the cosines by stems and by grams. */
function noteLikenesses(index: AnchorIndex, need: Terms): Float64Array {
  const stems = new Float64Array(index.edges.length)
  const grams = new Float64Array(index.edges.length)
  for (const stem of need.stems) {
    for (const { note, amount } of index.notes.get(stem) ?? []) stems[note]! += amount
  }
  for (const [gram, times] of need.grams) {
    for (const { note, amount } of index.notes.get(gramKey(gram)) ?? []) grams[note]! += times * amount
  }
  const own = normsOf(index, need)
  const cosine = (product: number, norms: number) => (product === 0 ? 0 : product / norms)
  return stems.map((product, note) => {
    const norms = index.norms[note]!
    const byGrams = cosine(grams[note]!, own.grams * norms.grams)
    return (cosine(product, own.stems * norms.stems) + byGrams) / 2
  })
}

function notesByTerm(index: Pick<AnchorIndex, 'edges' | 'spread'>): AnchorIndex['notes'] {
  const notes = new Map<string, { note: number; amount: number }[]>()
  const add = (term: string, note: number, times: number) => {
    const found = { note, amount: times * noteRarity(index, term) ** 2 }
    const known = notes.get(term)
    if (known === undefined) notes.set(term, [found])
    else known.push(found)
  }
  index.edges.forEach(({ terms }, note) => {
    for (const stem of terms.stems) add(stem, note, 1)
    for (const [gram, times] of terms.grams) add(gramKey(gram), note, times)
  })
  return notes
}

function normsOf(index: Pick<AnchorIndex, 'edges' | 'spread'>, terms: Terms): Norms {
  let stems = 0
  for (const stem of terms.stems) stems += noteRarity(index, stem) ** 2
  let grams = 0
  for (const [gram, times] of terms.grams) grams += (times * noteRarity(index, gramKey(gram))) ** 2
  return { stems: Math.sqrt(stems), grams: Math.sqrt(grams) }
}

function noteRarity(index: Pick<AnchorIndex, 'edges' | 'spread'>, key: string): number {
  return rarity(index.spread.get(key) ?? 0, index.edges.length)
}

function gramKey(gram: string): string {
  return `#${gram}`
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
