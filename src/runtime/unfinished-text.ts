const diskBlockBytes = 4096

/**
 * Whether a file looks as if somebody is still writing it: empty, without the last heading of the last rendering,
 * or without its last line break. It may be meant so; who waits a little sees.
 */
export function looksUnfinished(text: string, rendered: string | null): boolean {
  if (rendered === null || rendered.trim() === '') return false
  if (text.trim() === '') return true
  if (endsLine(rendered) && !endsLine(text)) return true
  return text.length < rendered.length && !linesOf(text).includes(landmark(rendered))
}

/**
 * Whether what a file holds, now that it is quiet, is a crash and no edit: nothing, the beginning of what was
 * rendered up to the middle of a line or the end of a disk block, or a text that breaks off inside a line that
 * was rendered, with all that came after it gone.
 */
export function looksCutOff(text: string, rendered: string | null): boolean {
  if (rendered === null || rendered.trim() === '') return false
  if (text.trim() === '') return true
  if (text.length >= rendered.length) return false
  if (rendered.startsWith(text)) {
    return !endsLine(text) || Buffer.byteLength(text) % diskBlockBytes === 0
  }
  if (endsLine(text) || !endsLine(rendered)) return false
  const begun = lastLine(text)
  const lines = linesOf(rendered)
  const within = lines.slice(0, -1).some((line) => line.length > begun.length && line.startsWith(begun))
  return begun.trim() !== '' && within && !linesOf(text).includes(lines.at(-1) ?? '')
}

function endsLine(text: string): boolean {
  return /[\r\n]$/u.test(text)
}

/** Without line breaks; blank ones left out. */
function linesOf(text: string): string[] {
  return text.split(/[\r\n]+/u).filter((line) => line.trim() !== '')
}

/** The last heading, or where there is none the last line: what a text has that was written to its end. */
function landmark(text: string): string {
  return linesOf(text).findLast((line) => /^#{1,6} /u.test(line)) ?? lastLine(text)
}

function lastLine(text: string): string {
  return linesOf(text).at(-1) ?? ''
}
