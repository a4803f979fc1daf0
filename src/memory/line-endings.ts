export type LineEnding = '\n' | '\r\n'

/** The line ending that most lines of a text have; LF when there is none. */
export function lineEndingOf(text: string): LineEnding {
  const crlf = text.split('\r\n').length - 1
  const lf = text.split('\n').length - 1 - crlf
  return crlf > lf ? '\r\n' : '\n'
}

/** The same lines with another ending. CR alone ends a line too, as CommonMark has it. */
export function withLineEnding(text: string, eol: LineEnding): string {
  return text.replace(/\r\n|\r|\n/gu, eol)
}

/** Whether the next character would begin a line. */
export function endsLine(text: string): boolean {
  return text === '' || text === '\uFEFF' || /[\r\n]$/u.test(text)
}

/** Whether the last line of a text is blank, or there is no text before. */
export function endsBlank(text: string): boolean {
  if (text === '' || text === '\uFEFF') return true
  return /(?:^|\r\n|\n|\r(?!\n))[ \t]*(?:\r\n|\n|\r)$/u.test(text)
}

/** What must stand between a text and a heading so that at least one blank line does. */
export function blankLineAfter(text: string, eol: LineEnding): string {
  if (endsBlank(text)) return ''
  return endsLine(text) ? eol : eol + eol
}

/** The same words for somebody who does not care about line endings and blank lines at the end. */
export function sameLines(a: string, b: string): boolean {
  return a === b || withLineEnding(a, '\n').trimEnd() === withLineEnding(b, '\n').trimEnd()
}
