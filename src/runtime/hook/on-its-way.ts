import { readdirSync, statSync } from 'node:fs'
import { limits } from '../../kernel/limits.ts'
import { atWorkFolder } from './at-work.ts'

/**
 * Whether a save on disk may be that of an agent in Claude Code whose hook is about to say so: one is at work, and
 * the file was saved just now. Whoever takes it in as nobody's would be too quick; a look a moment later is not.
 */
export function isHookOnItsWay(dir: string, file: string): boolean {
  const saved = statSync(file, { throwIfNoEntry: false })?.mtimeMs
  if (saved === undefined || Date.now() - saved > limits.hookOnItsWayMs) return false
  try {
    return readdirSync(atWorkFolder(dir)).some((name) => name.endsWith('.json'))
  } catch {
    return false
  }
}
