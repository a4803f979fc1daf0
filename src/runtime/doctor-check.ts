import { DaybookError } from '../kernel/errors.ts'

/** `note`: good to know, and nothing is wrong. `failed`: something will not work until it is mended. */
export interface Check {
  readonly check: string
  readonly status: 'ok' | 'note' | 'failed'
  readonly found: string
  /** What to do; null when there is nothing to do. */
  readonly remedy: string | null
}

/** What went wrong, in the words of whatever failed; anything that is no failure of the world is thrown on. */
export function failed(check: string, error: unknown, remedy: string): Check {
  const known = error instanceof DaybookError || (error as NodeJS.ErrnoException | null)?.code !== undefined
  if (!known) throw error
  return { check, status: 'failed', found: (error as Error).message, remedy }
}
