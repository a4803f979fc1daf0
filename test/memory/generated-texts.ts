/** Lines that open, close, hide or look like sections, in every spelling. */
const lines = [
  '## Other',
  '##Other',
  '##',
  '##\tOther',
  '   ## Other ##',
  '    ## Other',
  '\t## Other',
  '# Top',
  '### Sub',
  '## [a][b]',
  'Other\n---',
  'Other\n  --',
  'Other\n===',
  '---',
  '- - -',
  '***',
  '```',
  '````',
  '``` js',
  '~~~',
  '   ```',
  '    ```',
  '`a',
  '<!--',
  '-->',
  '<!-- a -->',
  '<!-->',
  '<!--->',
  '<div>',
  '</div>',
  '<script>',
  '</script>',
  '<pre',
  '</pre>',
  '<style>',
  '<textarea>',
  '<?php',
  '?>',
  '<!DOCTYPE',
  '<!a',
  '>',
  '<![CDATA[',
  ']]>',
  '<a href="',
  '"></a>',
  '<b>',
  '</b>',
  '- item',
  '-',
  '  - inner',
  '1. one',
  '10) ten',
  '*\tstar',
  '+ plus',
  '> quote',
  '> ## quoted',
  '> ```',
  '> <!--',
  '- ```',
  '- ## in a list',
  '- > ## both',
  '>- x',
  '  two',
  '    code',
  '\tcode',
  '[a]: /url',
  '[a]:',
  '[a]: /url "title',
  'title"',
  '[a',
  ']: /x',
  'text',
  'text  ',
  'text\\',
  '\\## Other',
  '&#35;# Other',
  '',
  '',
  '',
  ' ',
  '\t',
  '\u00a0## Other',
  '\u3000',
  '\uFEFF## Other',
  '\u200B## Other',
  '## System Architecture',
  '## Frontend Architecture',
  '| a | b |',
  '| - | - |',
  '[^1]: note',
  ':::',
  '---\nkey: value\n---',
  '$$',
  'Last updated: [Date]',
]

const endings = ['\n', '\n', '\n', '\n', '\n', '\r\n', '\r']

/** What stands there already: people's text in any shape, another agent's section, perhaps the own one. */
export function generateDocument(random: () => number): string {
  const parts = [random() < 0.3 ? '' : generateText(random)]
  if (random() < 0.5) parts.push(`## System Architecture\n\n${generateText(random)}`)
  if (random() < 0.6) parts.push(`${pick(random, headings)}\n${generateText(random)}`)
  const joined = parts.join(random() < 0.5 ? '\n\n' : '\n')
  return random() < 0.1 ? `\uFEFF${joined}` : joined
}

const headings = ['## Frontend Architecture', '  ## Frontend Architecture', 'Frontend Architecture\n---']

export function generateText(random: () => number): string {
  const count = Math.floor(random() * 8)
  const ending = pick(random, endings)
  const mixed = random() < 0.1
  let text = ''
  for (let index = 0; index < count; index += 1) {
    const indent = random() < 0.1 ? ' '.repeat(Math.floor(random() * 5)) : ''
    text += indent + pick(random, lines).replaceAll('\n', ending) + (mixed ? pick(random, endings) : ending)
  }
  return random() < 0.3 ? text.trimEnd() : text
}

function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T
}

const step = 0x6d2b79f5

/** A small generator of numbers from 0 to 1: the same seed gives the same texts on every machine. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + step) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** The seed with which the generator goes on as it would after so many numbers. */
export function drawsAfter(seed: number, draws: number): number {
  return (seed + Math.imul(step, draws)) >>> 0
}
