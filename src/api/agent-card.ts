import type { AgentDefinition } from '../agents/events.ts'
import { cut } from '../kernel/cut.ts'
import { limits } from '../kernel/limits.ts'
import { kebab } from '../kernel/words.ts'
import type { AgentCard } from './a2a-schemas.ts'

/**
 * How one hands over to an agent here: Daybook's own HTTP API. A2A leaves the names of bindings open, and a card
 * names no binding that nobody answers.
 */
const binding = 'urn:daybook:binding:http'
const protocolVersion = '1.0'
const examplesShown = 5

export interface CardPlace {
  /** Of the server, as it was asked: `http://localhost:8080`. */
  readonly origin: string
  readonly access: 'open' | 'bearer'
}

/** What a whole Daybook can do: every agent that is registered is a skill. */
export function daybookCard(
  agents: readonly AgentDefinition[],
  { version, ...place }: CardPlace & { readonly version: string },
): AgentCard {
  return {
    name: 'Daybook',
    description:
      'Coordinates agents over one shared memory. Say what has to be done: the agent that fits is chosen by the recorded collaboration patterns, with its reasons.',
    version,
    ...common(place),
    skills: agents.slice(0, limits.httpPageMax).map(skillOf),
  }
}

/** One agent. `revision` counts the definitions that it has had. */
export function agentCard(
  definition: AgentDefinition,
  { revision, ...place }: CardPlace & { readonly revision: number },
): AgentCard {
  const { name, description, ...skill } = skillOf(definition)
  return {
    name,
    description,
    version: `${revision}`,
    ...common(place),
    skills: [{ name, description, ...skill }],
  }
}

function common({ origin, access }: CardPlace) {
  const secured = {
    securitySchemes: { bearer: { httpAuthSecurityScheme: { scheme: 'Bearer' } } },
    securityRequirements: [{ schemes: { bearer: { list: [] } } }],
  }
  return {
    supportedInterfaces: [{ url: `${origin}/v1/handoffs`, protocolBinding: binding, protocolVersion }],
    documentationUrl: `${origin}/docs`,
    capabilities: { streaming: false, pushNotifications: false, extendedAgentCard: false },
    ...(access === 'bearer' ? secured : {}),
    defaultInputModes: ['text/plain', 'text/markdown'],
    defaultOutputModes: ['text/markdown'],
  }
}

function skillOf({ name, description, claims, examples }: AgentDefinition) {
  const asked = examples.flatMap(({ user }) => (user === null ? [] : [user])).slice(0, examplesShown)
  return {
    id: kebab(name),
    name,
    description: withoutExamples(description),
    tags: [...new Set(claims.map(({ heading }) => kebab(heading)))],
    ...(asked.length === 0 ? {} : { examples: asked }),
  }
}

/** Descriptions of agent files end in examples, marked up for the model that chooses. */
function withoutExamples(description: string): string {
  const [said = ''] = description.split(/<example>/iu, 1)
  return cut(said.replace(/(?:[-–—:.\s]*\bexamples?:?)?\s*$/iu, '').trim(), limits.noteCharsMax)
}
