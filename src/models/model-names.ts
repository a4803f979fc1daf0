import { DaybookError } from '../kernel/errors.ts'
import { nearest } from '../kernel/nearest.ts'

/** Words that agent files use for models, with the newest model of each family. */
export const modelAliases: Readonly<Record<string, string>> = {
  opus: 'claude-opus-5-5',
  sonnet: 'claude-sonnet-5-5',
  haiku: 'claude-haiku-5-5',
}

/** What a workflow runs on when nobody says. */
export const defaultModel = 'sonnet'

/**
 * The full id of the model that an agent runs on: its own where its file names one, otherwise the workflow's.
 * `inherit`, `default` and nothing at all name none. Aliases count in any case; `overrides` go before ours and
 * may add more. A word with a digit, a slash or a colon is a full id: gateways and local servers have their own.
 * Throws `usage` for a word that is neither.
 */
export function resolveModel(
  agent: string | null,
  workflow: string | null,
  overrides: Readonly<Record<string, string>> = {},
): string {
  const named = [agent, workflow].find((name) => namesOne(name)) ?? defaultModel
  const aliases = new Map(
    Object.entries({ ...modelAliases, ...overrides }).map(([k, id]) => [k.toLowerCase(), id]),
  )
  const word = named.trim()
  const known = aliases.get(word.toLowerCase())
  if (known !== undefined) return known
  if (/[\d/:]/u.test(word) && !/\s/u.test(word)) return word
  const meant = nearest(word, aliases.keys())
  const hint = meant === null ? '' : ` Did you mean "${meant}"?`
  throw new DaybookError(
    'usage',
    `There is no model "${word.slice(0, 100)}". Expected ${[...aliases.keys()].join(', ')}, inherit, or a full id such as ${modelAliases[defaultModel]}.${hint} Further aliases belong into "models" of daybook.config.json.`,
  )
}

function namesOne(name: string | null): name is string {
  return name !== null && !/^(?:inherit|default|)$/iu.test(name.trim())
}
