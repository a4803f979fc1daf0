/** Elements whose content nobody reads. */
const unread = new Set(['script', 'style', 'noscript', 'template', 'svg', 'head'])
/** Elements that begin a new line. */
const lines = new Set(
  'p div br li ul ol tr table section article header footer main nav h1 h2 h3 h4 h5 h6 pre blockquote dt dd hr'.split(
    ' ',
  ),
)

/** What a page says, without its markup. One pass over the text, whatever is left open in it. */
export function htmlText(html: string): string {
  const said: string[] = []
  let at = 0
  while (at < html.length) {
    const open = html.indexOf('<', at)
    said.push(html.slice(at, open < 0 ? undefined : open))
    if (open < 0) break
    const tag = tagAt(html, open)
    if (tag.name !== '' && lines.has(tag.name)) said.push('\n')
    at = unread.has(tag.name) && !tag.closes ? afterElement(html, tag) : tag.end
    if (tag.name === '' && !tag.isComment) said.push('<')
  }
  return tidy(unescaped(said.join('')))
}

interface Tag {
  /** Empty: no tag stands there. */
  readonly name: string
  readonly closes: boolean
  readonly isComment: boolean
  /** Behind the tag. */
  readonly end: number
}

function tagAt(html: string, open: number): Tag {
  if (html.startsWith('<!--', open)) {
    const end = html.indexOf('-->', open + 4)
    return { name: '', closes: false, isComment: true, end: end < 0 ? html.length : end + 3 }
  }
  const name = /^<\/?([a-z][a-z0-9]{0,20})/iu.exec(html.slice(open, open + 24))?.[1]
  const closes = html[open + 1] === '/'
  const isDeclaration = html[open + 1] === '!' || html[open + 1] === '?'
  if (name === undefined && !isDeclaration) return { name: '', closes, isComment: false, end: open + 1 }
  const end = html.indexOf('>', open)
  return {
    name: name?.toLowerCase() ?? '',
    closes,
    isComment: isDeclaration,
    end: end < 0 ? html.length : end + 1,
  }
}

/** Behind an element that is not read; one that is never closed ends with the text. */
function afterElement(html: string, { name, end }: Tag): number {
  const closing = new RegExp(`</${name}`, 'giu')
  closing.lastIndex = end
  const found = closing.exec(html)
  if (found === null) return html.length
  const after = html.indexOf('>', found.index)
  return after < 0 ? html.length : after + 1
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
}

function unescaped(text: string): string {
  return text.replaceAll(/&(?:#x?[0-9a-f]{1,7}|[a-z]{2,6});/giu, (whole) => {
    const name = whole.slice(1, -1).toLowerCase()
    if (!name.startsWith('#')) return Object.hasOwn(entities, name) ? (entities[name] ?? whole) : whole
    const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code).toWellFormed() : whole
  })
}

function tidy(text: string): string {
  const trimmed = text.split('\n').map((line) => line.replaceAll(/[ \t\r]+/gu, ' ').trim())
  return trimmed
    .filter((line, index) => line !== '' || trimmed[index - 1] !== '')
    .join('\n')
    .trim()
}
