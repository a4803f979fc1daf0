import type { AgentDefinition } from '../../agents/events.ts'

/** What an agent says about itself, by field; examples apart, because they quote needs word by word. */
export interface AgentText {
  readonly name: string
  readonly description: string
  readonly body: string
}

/** Texts without examples, patterns and requirements: those speak about others, or are edges of their own. */
export function agentText(definition: AgentDefinition): AgentText {
  const examples = definition.examples.map((example) => `${example.context ?? ''} ${example.user ?? ''}`)
  return {
    name: definition.name.replaceAll(/[-_.]/gu, ' '),
    description: withoutExamples(definition.description),
    body: [withoutPatterns(definition.prompt), ...examples].join('\n'),
  }
}

function withoutExamples(description: string): string {
  return description
    .replaceAll('\\n', '\n')
    .replaceAll(/<example>.*?(?:<\/example>|$)/gsu, ' ')
    .replaceAll(/^\s*(?:context|user|assistant|<commentary>)\s*:?.*$/gimu, ' ')
    .replaceAll(/\bexamples?\s*:/giu, ' ')
}

function withoutPatterns(prompt: string): string {
  return prompt
    .split('\n')
    .filter((line) => !/works (?:well|best|closely) with|hand-?off requirements?/iu.test(line))
    .join('\n')
}
