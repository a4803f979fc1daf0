import { limits } from '../kernel/limits.ts'

/**
 * A pure function of a text that keeps its last answers: the same sections are parsed again with every edit of
 * another one. What is kept is bounded by `limits.parsedCharsMax` of text; the text used longest ago goes first.
 */
export function remembered<Answer>(answer: (text: string) => Answer): (text: string) => Answer {
  const kept = new Map<string, Answer>()
  let chars = 0
  return (text) => {
    const found = kept.get(text)
    if (found !== undefined) {
      kept.delete(text)
      kept.set(text, found)
      return found
    }
    const given = answer(text)
    kept.set(text, given)
    chars += text.length
    for (const oldest of kept.keys()) {
      if (chars <= limits.parsedCharsMax) break
      kept.delete(oldest)
      chars -= oldest.length
    }
    return given
  }
}
