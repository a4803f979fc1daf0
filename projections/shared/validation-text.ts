import { type Statement, wordsOf } from './statements.ts'

const promises = /\bmonitor(?:ing|ed)?\b|\bvalidat(?:ion|e|ed)\b|\bto (?:be )?(?:check|watch|measur)/iu
const results =
  /\bresults?\b|\beffectiveness\b|\boutcomes?\b|\bcompleted\b|\bchecked\b|\bverified\b|\bvalidated\b/iu
const reports = /\b(?:checked|validated|verified|confirmed|measured|tested|passed)\b|^\[x\]|✅|✓/iu
const begins = /^(?:\[x\]|✅|✓|(?:checked|validated|verified|confirmed)\b)/iu
const notYet =
  /\b(?:not|never|no longer|yet|unverified|todo|pending|(?:to|will|must|should|shall|can|needs? to) be|if|until|once|when)\b/iu

/** What a summary's field promises to look at later: its label speaks of monitoring, not of results. */
export function isPromise(statement: Statement): boolean {
  return isPromising(statement.heading) && !isReport(statement)
}

/**
 * What says that something was checked, and neither that it will be nor that it was not. Under a label that
 * promises ("Monitoring/Validation"), only what begins with it: "p95 measured by dashboards" is a plan there.
 */
export function isReport(statement: Statement): boolean {
  const label = statement.label ?? ''
  const said = `${label} ${statement.text}`
  if (notYet.test(said)) return false
  if (isPromising(statement.heading)) return begins.test(statement.text) || begins.test(label)
  return reports.test(said) || results.test(label) || results.test(statement.heading)
}

function isPromising(label: string): boolean {
  return promises.test(label) && !results.test(label)
}

/**
 * Whether a report is about a promise: it has at least half of the promise's words that mean something, and
 * two of them, or its only one.
 */
export function isAbout(report: string, promise: string): boolean {
  const said = new Set(wordsOf(report).map(stem))
  const promised = [...new Set(wordsOf(promise).filter(means).map(stem))]
  const shared = promised.filter((word) => said.has(word)).length
  return shared >= Math.min(2, promised.length) && shared * 2 >= promised.length && shared > 0
}

const empty = new Set(
  'a an and are as at be by check checked checks daily each every for from how in is it its measure measured monitor monitored monitoring of on or our per that the then to under validate validated validation verified verify watch weekly will with'.split(
    ' ',
  ),
)

function means(word: string): boolean {
  return !empty.has(word)
}

/** `dashboards` and `dashboard` are one word. */
function stem(word: string): string {
  return word.length > 3 && word.endsWith('s') ? word.slice(0, -1) : word
}
