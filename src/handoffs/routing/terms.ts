import { limits } from '../../kernel/limits.ts'
import { gramsOf } from './grams.ts'
import { type Word, wordsOf } from './words.ts'

/** A text taken apart once: a need, or the note on an edge. */
export interface Terms {
  /** Each stem once, in order, with the first surface that it stands for. */
  readonly words: readonly Word[]
  readonly stems: ReadonlySet<string>
  /** Stems that stand next to each other, each pair once. */
  readonly pairs: readonly string[]
  /** Character 3–5-grams of its words, with their counts. */
  readonly grams: ReadonlyMap<string, number>
}

export function termsOf(text: string): Terms {
  const all = wordsOf(text, limits.routingNeedWordsMax)
  const byStem = new Map<string, Word>()
  for (const word of all) if (!byStem.has(word.stem)) byStem.set(word.stem, word)
  const words = [...byStem.values()]
  const grams = new Map<string, number>()
  for (const word of words) {
    for (const gram of gramsOf(word.surface)) grams.set(gram, (grams.get(gram) ?? 0) + 1)
  }
  return { words, stems: new Set(byStem.keys()), pairs: [...new Set(pairsOf(all))], grams }
}

export function pairsOf(words: readonly Word[]): string[] {
  return words.slice(1).map((word, at) => `${words[at]!.stem} ${word.stem}`)
}
