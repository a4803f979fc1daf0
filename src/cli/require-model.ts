import { DaybookError } from '../kernel/errors.ts'
import { claudeAccess } from '../models/claude-access.ts'
import type { Settings } from '../runtime/settings.ts'

/** A run needs a model, a rehearsal, or agents that all live elsewhere; says how to get one of the first two. */
export function requireModel(settings: Settings): void {
  if (settings.rehearsal || settings.config.external === 'all' || hasKey()) return
  throw new DaybookError(
    'usage',
    'No model can be called: set ANTHROPIC_API_KEY to run with Claude, or add --rehearse to play it with the deterministic stand-in, which costs nothing.',
  )
}

export function hasKey(): boolean {
  return claudeAccess(process.env) !== null
}
