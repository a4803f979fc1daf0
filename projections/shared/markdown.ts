/**
 * Markdown from texts that people and models wrote. Such a text is data: it may not open a heading, end a
 * table's row, load an image, become HTML or steer a terminal.
 */

/** A text on one line, for a bullet, a heading or after a label. */
export function inline(text: string): string {
  return disarm(text.replace(/\s+/gu, ' ').trim()).replace(/^([#>+*=~-]|\d+[.)])/u, '\\$1')
}

/** A text in a table's cell: one line, and never empty. */
export function cell(text: string | null): string {
  const line = inline(text ?? '').replaceAll('|', '\\|')
  return line === '' ? '–' : line
}

/** A text of many lines as a block quote: nothing in it reaches further. */
export function quote(text: string): string {
  return lines(disarm(text))
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n')
}

/** A text exactly as it is, in a fence that is longer than any in it. */
export function fenced(text: string, language = 'text'): string {
  const runs = [...text.matchAll(/`{3,}/gu)].map((match) => match[0].length + 1)
  const fence = '`'.repeat(Math.max(3, ...runs))
  return `${fence}${language}\n${lines(withoutControls(text)).join('\n')}\n${fence}`
}

/** Rows under a heading row; `none` when there are no rows. Cells are given as Markdown. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[], none: string): string {
  if (rows.length === 0) return none
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [row(heads), row(heads.map(() => '---')), ...rows.map(row)].join('\n')
}

/** Blocks with one blank line between them and one line ending after the last; empty ones are left out. */
export function page(...blocks: readonly (string | null)[]): string {
  return `${blocks.filter((block) => block !== null && block !== '').join('\n\n')}\n`
}

/** Said wherever a rehearsal is shown, so that nobody takes it for work of a model. */
export const rehearsalNotice = '**Rehearsal**: a deterministic stand-in answered here, no model.'

export function rehearsalMark(rehearsal: boolean): string {
  return rehearsal ? ' (rehearsal)' : ''
}

/** `2026-03-01T09:30:00.000Z` as people read it: `2026-03-01 09:30:00 UTC`. */
export function when(instant: string): string {
  return `${instant.slice(0, 10)} ${instant.slice(11, 19)} UTC`
}

/** An event as people name it: `event 0198…`, in code. */
export function eventName(id: string): string {
  return `\`event:${id}\``
}

/** US dollars, to a hundredth of a cent. */
export function usd(amount: number): string {
  return `$${amount.toFixed(4)}`
}

/** `1234567` as `1,234,567`, on every machine. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+(?!\d))/gu, ',')
}

/** `one handoff`, `3 handoffs`. */
export function plural(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`
}

/** At most `charsMax` characters, never half of one; says so when something was left out. */
export function cut(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax).toWellFormed()}…`
}

function disarm(text: string): string {
  return withoutControls(text)
    .replace(/<(?=[A-Za-z/!?])/gu, '\\<')
    .replace(/!\[/gu, '!\\[')
    .replace(/\]\(/gu, ']\\(')
}

/** Terminal escapes and marks that turn the direction of reading become visible. */
function withoutControls(text: string): string {
  return text.replace(/[^\P{Cc}\t\n\r]|[\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
}

function lines(text: string): string[] {
  return text.split(/\r\n|\n|\r/u)
}
