import { ToolProblem } from './problem.ts'

/** One replacement, as Edit and MultiEdit are asked for it. */
export interface Replacement {
  readonly old_string: string
  readonly new_string: string
  readonly replace_all?: boolean | undefined
}

/** Carries out replacements one after the other; all of them, or a problem that names the first that fails. */
export function replaceAllOf(text: string, replacements: readonly Replacement[]): string {
  return replacements.reduce((now, replacement, index) => {
    const which = replacements.length === 1 ? '' : `edit ${index + 1} of ${replacements.length}: `
    return replaceIn(now, replacement, which)
  }, text)
}

function replaceIn(text: string, asked: Replacement, which: string): string {
  const { old_string: from, new_string: to } = inEndingsOf(text, asked)
  if (from === to) throw new ToolProblem(`${which}old_string and new_string are the same.`)
  const at = text.indexOf(from)
  if (at < 0)
    throw new ToolProblem(
      `${which}old_string does not occur in the file. Read it and copy the text exactly. Nothing was changed.`,
    )
  if (asked.replace_all === true) return text.split(from).join(to)
  if (text.indexOf(from, at + 1) >= 0)
    throw new ToolProblem(
      `${which}old_string occurs more than once: give more of the text around it, or set replace_all. Nothing was changed.`,
    )
  return text.slice(0, at) + to + text.slice(at + from.length)
}

/** Models write `\n`; in a file with `\r\n` the same lines are meant. */
function inEndingsOf(text: string, asked: Replacement): Replacement {
  const { old_string, new_string } = asked
  if (text.includes(old_string) || !text.includes('\r\n') || old_string.includes('\r')) return asked
  const crlf = (lines: string) => lines.replaceAll(/\r?\n/gu, '\r\n')
  return { ...asked, old_string: crlf(old_string), new_string: crlf(new_string) }
}
