import { definition } from '../projections/events.ts'

const claims = (heading: string) => ({
  claims: [{ document: 'insights', heading }],
  template: { subheadings: [], lastUpdated: false, text: null },
})
const summaryFields = ['Work Done', 'Collaboration Needs']
const partner = (target: string, note: string) => ({ raw: `${target} (${note})`, target, note })

/** Agents with everything that makes runs differ: sections or none, requirements, patterns, no tools at all. */
const given: Readonly<Record<string, Record<string, unknown>>> = {
  planner: { ...claims('Plan'), summaryFields, worksWith: [partner('builder', 'building parts')] },
  builder: {
    ...claims('Build'),
    summaryFields,
    requirements: ['Target platform'],
    worksWith: [partner('tester', 'checking parts')],
  },
  tester: { ...claims('Tests'), summaryFields },
  writer: { summaryFields: [], worksWith: [partner('planner', 'questions about the plan')] },
  scout: { tools: [], summaryFields },
}

export const agentNames: readonly string[] = Object.keys(given)

/** Data of each agent's AgentRegistered. */
export const registrations: readonly Record<string, unknown>[] = Object.entries(given).map(([name, own]) => ({
  name,
  file: `---\nname: ${name}\n---\nYou are the ${name}.\n`,
  digest: `sha256:${'0'.repeat(64)}`,
  source: `${name}.md`,
  definition: definition(name, own),
  diagnostics: [],
}))

export const headings: Readonly<Record<string, string>> = {
  planner: 'Plan',
  builder: 'Build',
  tester: 'Tests',
}
