import { RE2JS } from 're2js'
import { ToolProblem } from './problem.ts'

/** Says of a text whether it holds a match; its time grows with the text's length, whatever the pattern. */
export type Matcher = (text: string) => boolean

/** A regular expression of a model, in RE2's syntax: no look-around and no back-references, so none can crawl. */
export function matcherOf(pattern: string, letters: 'exact' | 'either_case'): Matcher {
  try {
    const compiled = RE2JS.compile(pattern, letters === 'exact' ? 0 : RE2JS.CASE_INSENSITIVE)
    return (text) => compiled.matcher(text).find()
  } catch (error) {
    throw new ToolProblem(
      `The pattern cannot be used: ${(error as Error).message}. Look-around and back-references are not known here; put a backslash before ( ) [ ] { } . * + ? | ^ $ that are meant as they are.`,
    )
  }
}

/** A glob (`*`, `**`, `?`, `[abc]`, `{a,b}`) over a path with slashes; one without a slash is for names in any folder. */
export function globMatcher(glob: string): Matcher {
  const anywhere = glob.includes('/') ? glob.replace(/^\.?\//u, '') : `**/${glob}`
  try {
    const compiled = RE2JS.compile(`^(?:${expressionOf(anywhere)})$`, RE2JS.DOTALL)
    return (path) => compiled.matcher(path).find()
  } catch (error) {
    throw new ToolProblem(`The glob "${glob}" cannot be used: ${(error as Error).message}.`)
  }
}

function expressionOf(glob: string): string {
  let expression = ''
  let braces = 0
  for (let at = 0; at < glob.length; at += 1) {
    const rest = glob.slice(at)
    const set = /^\[([!^]?)([^\]/]+)\]/u.exec(rest)
    if (rest.startsWith('**/')) {
      expression += '(?:[^/]+/)*'
      at += 2
    } else if (rest.startsWith('**')) {
      expression += '.*'
      at += 1
    } else if (rest.startsWith('*')) expression += '[^/]*'
    else if (rest.startsWith('?')) expression += '[^/]'
    else if (set !== null) {
      const [whole, not, members = ''] = set
      expression += `[${not === '' ? '' : '^/'}${members.replaceAll(/[\\[\]^]/gu, '\\$&')}]`
      at += whole.length - 1
    } else if (rest.startsWith('{')) {
      braces += 1
      expression += '(?:'
    } else if (rest.startsWith('}') && braces > 0) {
      braces -= 1
      expression += ')'
    } else if (rest.startsWith(',') && braces > 0) expression += '|'
    else expression += RE2JS.quote(glob[at] ?? '')
  }
  return expression + ')'.repeat(braces)
}
