import { cut } from './markdown.ts'
import { partsOf, type Statement, saysNothing, statementsOf, wordsOf } from './statements.ts'

/** A decision as a text states it. */
export type StatedDecision = {
  /** What was decided on: the label, as `Database Choice`. */
  topic: string | null
  choice: string
  rationale: string | null
  performance: string | null
  /** Other labelled parts, as `Security level: high`. */
  details: string | null
}

const charsMax = 2_000
const decides = /\b(?:decisions?|decided|choices?|chosen|chose)\b/iu
const explains = /^(?:rationale|reason(?:s|ing)?|because|why)\b/iu
const performs = /\b(?:performance|latency|throughput|hit rate|response time)\b/iu

/**
 * The decisions of a section: bullets whose label or sub-heading speaks of a decision or a choice, and those
 * that state a rationale. Collaboration patterns are none.
 */
export function decisionsInSection(text: string): StatedDecision[] {
  return statementsOf(text).flatMap((statement) => {
    if (/collaboration patterns/iu.test(statement.heading)) return []
    const { parts } = partsOf(statement.text)
    const speaks = decides.test(statement.heading) || decides.test(statement.label ?? '')
    return speaks || parts.some((part) => explains.test(part.label)) ? stated(statement) : []
  })
}

/**
 * The decisions of a session's summary: fields whose label speaks of a decision or a choice. When there is
 * just one, the fields "Rationale" and "Performance …" of the same summary belong to it.
 */
export function decisionsInSummary(fields: readonly { label: string; text: string }[]): StatedDecision[] {
  const decisions = fields
    .filter((field) => decides.test(field.label))
    .flatMap(({ label, text }) =>
      statementsOf(text).flatMap((said) => stated({ ...said, label: said.label ?? label })),
    )
  const only = decisions.length === 1 ? decisions[0] : undefined
  if (only === undefined) return decisions
  const rationale = only.rationale ?? fieldText(fields, explains)
  const performance = only.performance ?? fieldText(fields, performs)
  return [{ ...only, rationale, performance }]
}

/** The same for the same topic and choice, whatever the spelling. */
export function lineKey(decision: StatedDecision): string {
  return `${normal(decision.topic ?? '')}: ${normal(decision.choice)}`
}

/**
 * True when two texts of one agent state one decision in different words: equal choices, or one contains the
 * other and is at least half of it, or one contains the other and the rationale is the same.
 */
export function isSameDecision(a: StatedDecision, b: StatedDecision): boolean {
  const sameRationale = a.rationale !== null && normal(a.rationale) === normal(b.rationale ?? '')
  return variants(a).some((one) =>
    variants(b).some((other) => {
      const [short, long] = one.length <= other.length ? [one, other] : [other, one]
      if (short.length === 0 || !` ${long.join(' ')} `.includes(` ${short.join(' ')} `)) return false
      return sameRationale || short.length * 2 >= long.length
    }),
  )
}

function stated(statement: Statement): StatedDecision[] {
  const { head, parts } = partsOf(statement.text)
  const [choice, reason] = splitReason(head)
  const rationales = parts.filter((part) => explains.test(part.label)).map((part) => part.text)
  const performances = parts.filter((part) => !explains.test(part.label) && performs.test(part.label))
  const others = parts.filter((part) => !explains.test(part.label) && !performs.test(part.label))
  const first = choice === '' ? others.shift() : undefined
  const decision = choice === '' ? (first?.text ?? '') : choice
  if (saysNothing(decision)) return []
  return [
    {
      topic: cutOrNull(first?.label ?? statement.label),
      choice: cut(decision, charsMax),
      rationale: joined([...rationales, ...(reason === null ? [] : [reason])]),
      performance: joined(performances.map(performanceText)),
      details: joined(others.map((part) => (saysNothing(part.text) ? '' : `${part.label}: ${part.text}`))),
    },
  ]
}

/** `SQLite because it is there` -> what was chosen, and why. */
function splitReason(text: string): [string, string | null] {
  const match = /,?\s+(?:because(?: of)?|due to|so that|in order to)\s+/iu.exec(text)
  if (match === null || match.index === 0) return [text, null]
  const linking = /^(?:so that|in order to)$/iu.test(match[0].replace(/^,/u, '').trim())
  const after = text.slice(match.index + match[0].length).trim()
  const reason = linking ? `${match[0].replace(/^,/u, '').trim()} ${after}` : after
  return [text.slice(0, match.index).trim(), reason.replace(/\.$/u, '')]
}

function performanceText(part: { label: string; text: string }): string {
  if (saysNothing(part.text)) return ''
  return /^performance(?: considerations?)?$/iu.test(part.label) ? part.text : `${part.label}: ${part.text}`
}

function fieldText(fields: readonly { label: string; text: string }[], label: RegExp): string | null {
  const texts = fields.filter((field) => label.test(field.label)).map((field) => field.text.trim())
  return joined(texts)
}

function joined(texts: readonly string[]): string | null {
  const said = texts.filter((text) => !saysNothing(text))
  return said.length === 0 ? null : cut(said.join('; '), charsMax)
}

function cutOrNull(text: string | null): string | null {
  return text === null ? null : cut(text, charsMax)
}

function normal(text: string): string {
  return wordsOf(text).join(' ')
}

const filler = new Set(
  'a an and as chose choose chosen decided for go is it of on our picked selected the to use used using we went will with'.split(
    ' ',
  ),
)

function variants(decision: StatedDecision): string[][] {
  const choice = wordsOf(decision.choice).filter((word) => !filler.has(word))
  const topic = wordsOf(decision.topic ?? '').filter((word) => !filler.has(word))
  return topic.length === 0 ? [choice] : [choice, [...topic, ...choice]]
}
