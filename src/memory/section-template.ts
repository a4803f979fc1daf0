import type { Diagnostic, SectionTemplate } from '../agents/events.ts'
import type { Instant } from '../kernel/words.ts'
import { headingKey } from './document.ts'
import { endsBlank, type LineEnding } from './line-endings.ts'
import { headingsOf } from './markdown-sections.ts'

/**
 * Sub-headings that an agent's template promises to its readers and its section lacks. Something to know, no
 * reason to refuse: the section is the agent's own.
 */
export function missingSubheadings(text: string, template: SectionTemplate): Diagnostic[] {
  const present = new Set(headingsOf(text).map(({ heading }) => headingKey(heading)))
  return template.subheadings
    .filter((subheading) => !present.has(headingKey(subheading)))
    .map((subheading) => ({
      code: 'missing_subheading',
      message: `the agent's template promises "### ${subheading}" and the section has no such heading: add it, or take it out of the template`,
    }))
}

/** The label is matched, the rest of the line taken as it is: nothing here looks back over blanks. */
const lastUpdatedLine = /^[ \t]*[*_]*last updated[*_]*[ \t]*:[*_]*[^\r\n]*$/gimu

/** The text with its "Last updated" line set to the day of an instant (UTC); added at the end if there is none. */
export function withLastUpdated(text: string, at: Instant, eol: LineEnding): string {
  const day = at.slice(0, 10)
  const line = text.matchAll(lastUpdatedLine).toArray().at(-1)
  if (line === undefined) {
    const body = text.trimEnd()
    return `${body}${endsBlank(body) ? '' : eol + eol}Last updated: ${day}${eol}`
  }
  const label = /^[^:]*:[*_]*/u.exec(line[0])?.[0] ?? ''
  const closing = /[*_]{0,3}$/u.exec(line[0].slice(label.length).trimEnd())?.[0] ?? ''
  const dated = `${label.trimEnd()} ${day}${closing}`
  return text.slice(0, line.index) + dated + text.slice(line.index + line[0].length)
}

/** Whether two texts say the same when their "Last updated" lines are left out. */
export function sameButForDate(a: string, b: string): boolean {
  return undated(a) === undated(b)
}

function undated(text: string): string {
  const line = text.matchAll(lastUpdatedLine).toArray().at(-1)
  const rest = line === undefined ? text : text.slice(0, line.index) + text.slice(line.index + line[0].length)
  return rest.replace(/\r\n|\r/gu, '\n').trimEnd()
}
