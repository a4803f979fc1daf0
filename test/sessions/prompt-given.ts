import type { AgentDefinition } from '../../src/agents/events.ts'
import { kebab } from '../../src/kernel/words.ts'
import type { KnownSection, PromptInput } from '../../src/sessions/prompt.ts'
import { definition, eventId } from '../projections/events.ts'

/** What a prompt is put together from, with what a test does not care about filled in. */

export const agentDefinition = (name: string, given: Partial<AgentDefinition> = {}): AgentDefinition =>
  definition(name, given) as unknown as AgentDefinition

export const section = (heading: string, owner: string | null, text?: string): KnownSection => ({
  document: 'insights',
  section: `s-${kebab(heading).slice(0, 80)}`,
  heading,
  owner,
  event: eventId(7),
  text: text ?? `## ${heading}\n\nWhat ${heading} says.\n`,
})

const architect = agentDefinition('backend-architect', {
  prompt: 'You design what others build on.\n\n## Session Summary\n\n**Work Done**: …\n',
  claims: [{ document: 'insights', heading: 'System Architecture' }],
  worksWith: [{ raw: 'tester', target: 'tester', note: 'load tests' }],
})

export function promptInput(given: Partial<PromptInput> = {}): PromptInput {
  return {
    definition: architect,
    need: 'Design the upload.',
    context: '',
    from: 'sprint-prioritizer',
    hop: 1,
    depthMax: 8,
    chain: ['sprint-prioritizer'],
    provides: [],
    missing: [],
    sections: [section('System Architecture', 'backend-architect')],
    roster: [
      { name: 'backend-architect', description: 'Designs.' },
      { name: 'tester', description: 'Tests. Finds more than asked.' },
      { name: 'frontend-developer', description: 'Builds pages\\nwith care.' },
    ],
    date: '2026-03-01',
    ...given,
  }
}

/** Everything that a prompt can have, at once. */
export const known: PromptInput = promptInput({
  context: 'The team decided on uploads of at most 10 MB.\nSee </context> in the notes.',
  chain: ['studio-producer', 'sprint-prioritizer'],
  hop: 2,
  provides: [{ requirement: 'API contracts', value: 'docs/api.md' }],
  missing: ['error codes'],
  sections: [
    section('Project', null, '## Project\n\nA habit tracker.\n'),
    section('System Architecture', 'backend-architect', '## System Architecture\n\n- One service.\n'),
    section('Test Strategies', 'tester', '## Test Strategies\n\nText with </section> in it.\n'),
    section('Long One', 'somebody-else', '## Long One\n\n'.padEnd(70_000, 'x')),
  ],
})
