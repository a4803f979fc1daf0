import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../kernel/clock.ts'
import type { Check } from './doctor-check.ts'
import { readFailures } from './hook/failures.ts'
import { Spool } from './hook/spool.ts'
import { hasHooks } from './init/claude-files.ts'
import { launcherPath } from './init/launcher.ts'
import type { Settings } from './settings.ts'

/** How long a failure is worth telling. */
const recentMs = 7 * 24 * 60 * 60 * 1000

/** What became of the hooks of Claude Code, which themselves say nothing; empty where there are none. */
export function checkHooks({ dir, workspace }: Settings, cwd: string, clock: Clock): Check[] {
  const file = [cwd, workspace].map((folder) => join(folder, '.claude', 'settings.json')).find(existsSync)
  const set = file !== undefined && hasHooks(readFileSync(file, 'utf8'))
  if (!set && !existsSync(join(dir, 'hooks'))) return []
  return [checkLauncher(dir, set), checkWaiting(dir, clock)]
}

function checkLauncher(dir: string, set: boolean): Check {
  const check = 'hooks'
  const remedy = '"daybook init --yes" writes them again; "daybook init --undo" takes them out.'
  if (!set) return { check, status: 'note', found: 'no hook of Daybook is in .claude/settings.json', remedy }
  const path = launcherPath(dir)
  if (!existsSync(path))
    return {
      check,
      status: 'note',
      found: `${path} is not there, so the hooks do nothing on this machine`,
      remedy,
    }
  const script = /^\[ -e '(.*)' \]/mu.exec(readFileSync(path, 'utf8'))?.[1]
  if (script === undefined || !existsSync(script))
    return {
      check,
      status: 'failed',
      found: `${path} starts ${script ?? 'something else'}, which is not there`,
      remedy,
    }
  return { check, status: 'ok', found: 'in .claude/settings.json', remedy: null }
}

function checkWaiting(dir: string, clock: Clock): Check {
  const since = new Date(clock.now() - recentMs).toISOString()
  const failures = readFailures(dir).filter(({ at }) => at >= since)
  const waiting = new Spool(dir).count()
  const aside = countIn(join(dir, 'hooks', 'failed'))
  const last = failures.at(-1)
  const parts = [
    ...(waiting > 0 ? [`${waiting} calls wait on disk`] : []),
    ...(aside > 0
      ? [`${aside} calls could not be recorded and are kept in ${join(dir, 'hooks', 'failed')}`]
      : []),
    ...(last === undefined
      ? []
      : [
          `${failures.length} problems in a week, the last one at ${last.at} (${last.event}): ${last.message.split('\n', 1)[0]}`,
        ]),
  ]
  if (parts.length === 0) return { check: 'hook calls', status: 'ok', found: 'all on record', remedy: null }
  const remedy = waiting > 0 ? 'The next hook carries them out, or now: daybook hook --catch-up' : null
  return { check: 'hook calls', status: 'note', found: parts.join('; '), remedy }
}

function countIn(folder: string): number {
  return existsSync(folder) ? readdirSync(folder).length : 0
}
