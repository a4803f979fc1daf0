/** A request to a model, in the shape that the port and the Messages API have in common. */
export interface CrewRequest {
  readonly system?: unknown
  readonly tools?: readonly { readonly name: string }[] | undefined
  readonly messages: readonly { readonly role: string; readonly content: unknown }[]
}

export interface CrewBlock {
  readonly type: string
  readonly [field: string]: unknown
}

export interface CrewAnswer {
  readonly content: CrewBlock[]
  readonly stopReason: 'tool_use' | 'end_turn'
}

/** What is done outside in a whole workflow, each exactly once, and read there. */
export const effectsWanted = ['lead announce', 'builder deploy', 'builder charge', 'auditor charge'] as const

/** What the builder's file holds in the end; only sessions on Claude have files. */
export const ledger = { path: 'ledger.txt', text: 'shipped:\n- the first\n' } as const

/** What a person is asked about before it is done. */
export const gated = { agent: 'lead', tool: 'announce', token: 'lead announce' } as const

export const goal = 'Lead the delivery of the first order'

type Turn = readonly CrewBlock[]

/**
 * The course of those in `agents/` who do more than keep a section: tools of every class, two asks whose answers
 * are waited for, work handed to two at once, and a call that a person approves first (`gated`).
 */
const turns: Readonly<Record<string, (may: (tool: string) => boolean) => readonly Turn[]>> = {
  lead: () => [
    [use('lookup', { token: 'lead lookup' }), use('announce', { token: 'lead announce' })],
    [
      use('hand_off', { need: 'Look at the figures of the first order', to: 'analyst', mode: 'ask' }),
      use('hand_off', { need: 'Ship the first order', to: 'builder', mode: 'ask' }),
    ],
    [use('memory', section('Delivery', 'lead'))],
    [use('hand_off', { need: chronicle, to: 'scribe' }), use('hand_off', { need: accounts, to: 'auditor' })],
    [
      use('hand_off', {
        need: accounts,
        to: 'auditor',
        provides: [{ requirement: 'period of the accounts', value: 'this order' }],
      }),
    ],
  ],
  builder: (may) => [
    [use('deploy', { token: 'builder deploy' }), use('charge', { token: 'builder charge' })],
    ...(may('Write') ? [written] : []),
    [use('memory', section('Shipping', 'builder'))],
  ],
  auditor: () => [
    [use('charge', { token: 'auditor charge' }), use('memory', { command: 'view', path: 'insights.md' })],
    [use('memory', section('Accounts', 'auditor'))],
  ],
}

const chronicle = 'Write down what was done for the first order'
const accounts = 'Check the accounts of the first order'

const written: Turn = [
  use('Write', { file_path: ledger.path, content: 'shipped:\n' }),
  use('Edit', { file_path: ledger.path, old_string: 'shipped:\n', new_string: ledger.text }),
]

/** What this agent says next; null for one that has no script. Decided by the request alone, as by a model. */
export function crewAnswer({ system, tools, messages }: CrewRequest): CrewAnswer | null {
  const name = /You are the (\w+)\./u.exec(JSON.stringify(system ?? ''))?.[1] ?? ''
  const script = turns[name]?.((tool) => tools?.some((offered) => offered.name === tool) === true)
  if (script === undefined) return null
  const turn = messages.filter(({ role }) => role === 'assistant').length
  const calls = script[turn]
  if (calls === undefined) return { content: [{ type: 'text', text: summary(name) }], stopReason: 'end_turn' }
  const content = calls.map((call, index) => ({ ...call, id: `toolu_${name}_${turn}_${index}` }))
  return { content: [{ type: 'text', text: `Turn ${turn + 1}.` }, ...content], stopReason: 'tool_use' }
}

function use(name: string, input: Record<string, unknown>): CrewBlock {
  return { type: 'tool_use', name, input }
}

function section(heading: string, name: string): Record<string, unknown> {
  const text = `## ${heading}\n\n### State\n- **Order**: seen by ${name}\n\n### Collaboration Patterns\n- **Works well with**: lead (the delivery)\n`
  return { command: 'write_section', document: 'insights', heading, text }
}

function summary(name: string): string {
  return `## Session Summary\n\n**Work Done**: the part of the ${name}\n**Collaboration Needs**: none`
}
