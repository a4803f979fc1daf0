import { refusal } from '../kernel/errors.ts'
import type { Actor } from '../kernel/event.ts'
import { nearest } from '../kernel/nearest.ts'
import type { Daybook } from './daybook.ts'
import type { KnownAgent, LogView } from './log-view.ts'

/**
 * The actor that a request names: an agent that is registered, `person` for the one this Daybook belongs to, or
 * `person:NAME`. Anybody else is refused: nobody acts under a name that nobody has.
 */
export function actorNamed(view: LogView, daybook: Pick<Daybook, 'person'>, name: string): Actor {
  if (name === 'person') return daybook.person
  const person = /^person:(.{1,100})$/u.exec(name)?.[1]
  if (person !== undefined) return { kind: 'person', id: person }
  return { kind: 'agent', id: agentNamed(view, name, 'unknown_agent').definition.name }
}

/** A registered agent; refused under `code` with the name that was probably meant. */
export function agentNamed(view: LogView, name: string, code: 'unknown_agent' | 'not_found'): KnownAgent {
  const known = view.agent(name)
  if (known !== null) return known
  const names = view.agents().map(({ definition }) => definition.name)
  const meant = nearest(name, names)
  const hint =
    meant === null
      ? `Known: ${names.slice(0, 20).join(', ') || 'none'}${names.length > 20 ? ' …' : ''}.`
      : `Did you mean "${meant}"?`
  throw refusal({ code, message: `There is no agent "${name}". ${hint}`, nearest: meant })
}
