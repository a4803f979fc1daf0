import { memoryDecider } from '../../../src/memory/decider.ts'
import { type Document, emptyDocument, evolveDocument, renderDocument } from '../../../src/memory/document.ts'
import type { MemoryEvent, RecordedMemoryEvent } from '../../../src/memory/events.ts'
import { linesOf } from '../../../src/memory/merge.ts'
import { generateDocument, generateText, mulberry32 } from '../generated-texts.ts'
import { at, claims, person, recorded, saves } from '../spec.ts'

export interface RandomHistory {
  readonly events: readonly RecordedMemoryEvent[]
  /** The document after each event. */
  readonly states: readonly Document[]
}

/**
 * A document that is imported and then changed in every way: lines replaced, put in and taken out, sections moved,
 * renamed, opened again, given away; with every line ending, with and without a final one.
 */
export function randomHistory(seed: number, edits: number): RandomHistory {
  const random = mulberry32(seed)
  const pick = (below: number) => Math.floor(random() * below)
  const events: RecordedMemoryEvent[] = []
  const states: Document[] = []
  let state = emptyDocument('insights')
  const add = (event: MemoryEvent) => {
    const next = recorded(event, state.revision + 1)
    state = evolveDocument(state, next)
    events.push(next)
    states.push(state)
  }
  const decided = (command: Parameters<typeof memoryDecider.decide>[0]) => {
    const decision = memoryDecider.decide(command, state)
    if (decision.kind === 'accepted') decision.events.forEach(add)
  }
  decided({
    type: 'ImportDocument',
    document: 'insights',
    text: generateDocument(random),
    claims,
    idBase: 'old',
  })
  for (let edit = 0; edit < edits; edit += 1) {
    const section = state.sections[pick(state.sections.length)]
    if (section !== undefined && pick(12) === 0) {
      const owner = pick(2) === 0 ? null : 'backend-architect'
      const about = { document: 'insights', section: section.section, owner, actor: person }
      decided({ type: 'AssignSection', ...about, via: 'cli' })
    } else decided(saves(person, changed(state, random), { idBase: `new-${edit}`, at }))
  }
  return { events, states }
}

function changed(state: Document, random: () => number): string {
  const pick = (below: number) => Math.floor(random() * below)
  const texts = state.sections.map(({ separator, text }) => separator + text)
  const one = pick(texts.length || 1)
  const eol = pick(3) === 0 ? '\r\n' : '\n'
  const joined = (parts: readonly string[]) => [state.preamble, ...parts].join('')
  switch (texts.length === 0 ? 9 : pick(7)) {
    case 0:
      return joined(texts.toSpliced(one, 1))
    case 1:
      return joined([...texts.toSpliced(one, 1), eol, texts[one] ?? ''])
    case 2:
      return joined([...texts, eol, eol, `## Part ${pick(9)}${eol}Words ${pick(99)}.${eol}`])
    case 3:
      return joined(texts.with(one, (texts[one] ?? '').replace(/## \S+/u, `## Name ${pick(9)}`)))
    default: {
      const lines = linesOf(renderDocument(state))
      const text = pick(3) === 0 ? generateText(random) : `Line ${pick(50)}${eol}`
      return lines.toSpliced(pick(lines.length + 1), pick(3), ...(pick(4) === 0 ? [] : [text])).join('')
    }
  }
}
