import { limits } from './limits.ts'

/** What is said about an input repeats no more of it than is needed to know it again. */
export function boundedEcho(message: string): string {
  const quoted = message.replace(
    quotedLong,
    (_, quote: string, text: string) => `${quote}${cut(text)}${quote}`,
  )
  return quoted.replace(wordLong, cut)
}

const { echoCharsMax: charsMax } = limits
/** An apostrophe stands within a word. */
const quotedLong = new RegExp(
  `(?<![\\p{L}\\p{N}])(["'])((?:(?!\\1).){${charsMax + 1},}?)\\1(?![\\p{L}\\p{N}])`,
  'gsu',
)
const wordLong = new RegExp(`\\S{${charsMax + 1},}`, 'gu')

function cut(text: string): string {
  return `${text.slice(0, limits.echoCutCharsMax)}… (${text.length} characters)`
}
