import type { Rejection } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { agentKey } from '../kernel/words.ts'

/** Longest key that fits into a stream's name. */
const keyCharsMax = limits.streamNameCharsMax - 'agent-'.length

/** Why a name cannot be an agent's, or null. A name ends up in streams, paths and on terminals. */
export function checkName(name: string): Rejection | null {
  const refuse = (what: string): Rejection => ({
    code: 'name_refused',
    message: `${JSON.stringify(name.slice(0, 100).toWellFormed())} cannot be an agent's name: ${what}. Use letters, digits, blanks, dots and hyphens, as in "backend-architect".`,
  })
  if (name.length > limits.agentNameCharsMax || agentKey(name).length > keyCharsMax) {
    return refuse(`it is longer than ${limits.agentNameCharsMax} characters`)
  }
  if (/[/\\]/u.test(name) || /^\.+$/u.test(name)) return refuse('it reads like a path')
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u.test(name)) return refuse('it has an invisible character')
  if (/[[\]{}<>]/u.test(name)) return refuse('its brackets make it a placeholder')
  if (!/[\p{L}\p{N}]/u.test(agentKey(name))) return refuse('it has no letter')
  return null
}

/**
 * What a name looks like, not what it says: equal skeletons are easily taken for each other. A short table of
 * the Cyrillic and Greek letters that look Latin, and of digits that look like letters (after Unicode TR 39).
 */
export function skeleton(name: string): string {
  return [...agentKey(name)].map((char) => lookalikes[char] ?? char).join('')
}

/** True when a name mixes Latin letters with letters of another script that look like them. */
export function mixesScripts(name: string): boolean {
  return (
    /\p{Script=Latin}/u.test(name) && /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}]/u.test(name)
  )
}

const lookalikes: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  ...pairs('асеорхуіјѕԁԛԝһктмвн', 'aceopxyijsdqwhktmbh'),
  ...pairs('αβγικνορτυχω', 'abyikvoptuxw'),
  ...pairs('01', 'ol'),
})

function pairs(from: string, to: string): Record<string, string> {
  const targets = [...to]
  return Object.fromEntries([...from].map((char, index) => [char, targets[index]!]))
}
