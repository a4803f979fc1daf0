import { limits } from '../../kernel/limits.ts'

/** A word of a text: as it stands there (folded), and the stem it is compared by. */
export interface Word {
  readonly surface: string
  readonly stem: string
}

/** Names whose signs a tokeniser would drop, and short forms that people write for the whole word. */
const spellings: readonly (readonly [RegExp, string])[] = [
  [/(?<![\p{L}\p{N}])\.net(?![\p{L}\p{N}])/gu, ' dotnet '],
  [/(?<![\p{L}\p{N}])([cf])#/gu, ' $1sharp '],
  [/(?<![\p{L}\p{N}])c\+\+/gu, ' cpp '],
  [/(?<![\p{L}\p{N}])ci\s*\/\s*cd(?![\p{L}\p{N}])/gu, ' cicd '],
]

const shortForms: ReadonlyMap<string, string> = new Map([
  ['a11y', 'accessibility'],
  ['auth', 'authentication'],
  ['db', 'database'],
  ['dbs', 'database'],
  ['docs', 'documentation'],
  ['i18n', 'internationalization'],
  ['infra', 'infrastructure'],
  ['k8s', 'kubernetes'],
  ['perf', 'performance'],
])

/** Words that say nothing about a need: articles, pronouns, politeness; the commonest of a few languages. */
const stopWords: ReadonlySet<string> = new Set(
  (
    'a about above after again all also am an and any are as at be because been before being below between both but by ' +
    'can could did do does doing done down during each else few for from further get gets getting give go going got had has ' +
    'have having he help her here hers him his how i if in into is it its itself just let like make makes making may me might more ' +
    'most must my need needed needs nil no none nor not nothing now of off on once only or other our ours out over own per please same she should ' +
    'so some something somebody someone such take than thank thanks hello hey hi ok okay yes that the their theirs them then there these they thing things this those ' +
    'through to too under until up upon us use used uses using very via want wants was we well were what when where which while who ' +
    'whom why will with within without work works would you your yours anything everything anyone everyone ' +
    'ago already always ask asked bit come comes came day days even ever every find goes however instead know knows last later left let lets ' +
    'lot lots many maybe much never new often perhaps put puts quite rather really said say says see seems since soon still tell tells ' +
    'think thinks though today tomorrow way week weeks yesterday yet ' +
    'one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred thousand million dozen once twice ' +
    'monday tuesday wednesday thursday friday saturday sunday ' +
    'der die das den dem des ein eine einen einem einer und oder für fuer mit von zu zum zur im ist sind wir ich bitte nicht auf ' +
    'le la les un une des du de et ou pour avec dans sur est sont nous je il elle ce cette ces au aux que qui pas ' +
    'el los las una unos unas y o para con en es son por que del al se su no ' +
    'i gli lo uno e con per di da nel della sono o os as um uma em na com por não'
  ).split(' '),
)

/** Scripts written without blanks between words: a run of them is compared by its pairs of letters. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

const wordPattern = /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu

/** One spelling for each text: NFKC, small letters, no diacritics. No locale. */
export function foldText(text: string): string {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/gu, '')
    .normalize('NFC')
  return spellings.reduce((folded, [pattern, word]) => folded.replace(pattern, word), plain)
}

/** The words of a text in order, without stop words; at most `wordsMax`. */
export function wordsOf(text: string, wordsMax: number = limits.routingWordsMax): Word[] {
  return wordsIn(foldText(text), { wordsMax, stems: new Map() })
}

/** The same, sentence by sentence and line by line: words of two of them do not stand next to each other. */
export function sentencesOf(text: string): Word[][] {
  const stems = new Map<string, string>()
  const sentences: Word[][] = []
  let wordsMax = limits.routingWordsMax
  for (const sentence of foldText(text).split(/\n|[.;:!?](?=\s|$)/u)) {
    if (wordsMax <= 0) break
    const words = wordsIn(sentence, { wordsMax, stems })
    wordsMax -= words.length
    if (words.length > 0) sentences.push(words)
  }
  return sentences
}

function wordsIn(folded: string, within: { wordsMax: number; stems: Map<string, string> }): Word[] {
  const words: Word[] = []
  const stem = (surface: string) => {
    const known = within.stems.get(surface) ?? stemOf(surface)
    within.stems.set(surface, known)
    return known
  }
  for (const match of folded.matchAll(wordPattern)) {
    if (words.length >= within.wordsMax) break
    if (stopWords.has(match[0])) continue
    for (const surface of piecesOf(match[0])) words.push({ surface, stem: stem(surface) })
  }
  return words
}

function piecesOf(run: string): string[] {
  const letters = [...run].slice(0, limits.routingWordCharsMax)
  if (!unspaced.test(run)) return [letters.join('')]
  if (letters.length < 3) return [letters.join('')]
  return letters.slice(1).map((letter, index) => `${letters[index]}${letter}`)
}

/** Suffixes that are taken off when at least `kept` letters stay; the first that fits. */
const suffixes: readonly (readonly [ending: RegExp, kept: number])[] = [
  [/(?:iz|is)(?:ations?|ers?|ing|ed|es?)$/u, 4],
  [/at(?:ions?|ors?|ing|ed|es?|ive)$/u, 4],
  [/ments?$/u, 4],
  [/ings?$/u, 3],
  [/(?:er|or)s?$/u, 4],
  [/ed$/u, 4],
  [/ities$/u, 4],
  [/ity$/u, 4],
  [/ly$/u, 4],
  [/ies$/u, 3],
  [/(?<=s|x|z|ch|sh)es$/u, 3],
  [/(?<=[^sui])s$/u, 3],
]

/**
 * A light stemmer for English words; words of other alphabets stay as they are. It needs no dictionary and
 * only has to be consistent: optimizer, optimization and optimize meet in `optim`.
 */
export function stemOf(surface: string): string {
  const word = shortForms.get(surface) ?? surface
  if (!/^[a-z]{4,}$/u.test(word)) return word
  if (/^analy[stz]/u.test(word)) return 'analy'
  let stem = word
  for (let pass = 0; pass < 2; pass++) stem = withoutSuffix(stem)
  return stem.length > 3 ? stem.replace(/(?<=.{3})[ey]$/u, '').replace(/([bcdfglmnprt])\1$/u, '$1') : stem
}

function withoutSuffix(word: string): string {
  for (const [ending, kept] of suffixes) {
    const shorter = word.replace(ending, '')
    if (shorter !== word && shorter.length >= kept) return shorter
  }
  return word
}
