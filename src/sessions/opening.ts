import { fromInner } from './prompt.ts'

/** What the first message of a session says, read back from its tags. */
export interface OpeningFacts {
  readonly need: string
  /** The need without what earlier agents put before it: the workflow's goal, in at most one line. */
  readonly goal: string
  readonly hop: number
  readonly depthMax: number
  readonly way: readonly string[]
  readonly date: string
  readonly sections: readonly {
    readonly document: string
    readonly heading: string
    readonly owner: string
    readonly text: string
  }[]
  readonly team: readonly string[]
}

/** The inverse of `assemblePrompt` for its first message, as far as a rehearsal needs it. */
export function readOpening(text: string): OpeningFacts {
  const header = /^<handoff from="[^"]*" hop="(\d+)" of="(\d+)" way="([^"]*)" date="([^"]*)">/u.exec(text)
  const need = between(text, '<need>\n', '\n</need>')
  const way = plain(header?.[3] ?? 'nobody yet')
  return {
    need,
    goal: goalOf(need),
    hop: Number(header?.[1] ?? 0),
    depthMax: Number(header?.[2] ?? 0),
    way: way === 'nobody yet' ? [] : way.split(' → '),
    date: header?.[4] ?? '',
    sections: sectionsOf(text),
    team: between(text, '<team>\n', '\n</team>')
      .split('\n')
      .flatMap((line) => /^- (.+?): /u.exec(line)?.[1] ?? []),
  }
}

function goalOf(need: string): string {
  const last = need.split(' for: ').at(-1) ?? need
  return (last.split('\n', 1)[0] ?? '').trim().slice(0, 200)
}

function sectionsOf(text: string): OpeningFacts['sections'] {
  const opening = /^<section document="([^"]*)" heading="([^"]*)" owner="([^"]*)"(?: yours="true")?>$/gmu
  return [...text.matchAll(opening)].map((match) => {
    const start = match.index + match[0].length + 1
    const end = text.indexOf('\n</section>', start)
    const [, document = '', heading = '', owner = ''] = match
    return {
      document,
      heading: plain(heading),
      owner: plain(owner),
      text: fromInner(text.slice(start, end < 0 ? undefined : end)),
    }
  })
}

function between(text: string, open: string, close: string): string {
  const start = text.indexOf(open)
  if (start < 0) return ''
  const end = text.indexOf(close, start)
  return end < 0 ? '' : fromInner(text.slice(start + open.length, end))
}

function plain(attribute: string): string {
  return attribute.replaceAll('&lt;', '<').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
}
