import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { limits } from '../../kernel/limits.ts'

/** Something that a hook could not do. A hook itself stays silent: people read it in `daybook doctor`. */
export interface HookFailure {
  readonly at: string
  readonly event: string
  readonly message: string
}

const fileOf = (dir: string) => join(dir, 'hooks', 'failures.jsonl')

/** Never throws: where even this cannot be written, nothing can be said. */
export function noteFailure(dir: string, failure: HookFailure): void {
  try {
    mkdirSync(join(dir, 'hooks'), { recursive: true })
    const line = JSON.stringify({ ...failure, message: failure.message.slice(0, limits.reasonCharsMax) })
    appendFileSync(fileOf(dir), `${line}\n`)
    const kept = readFailures(dir)
    if (kept.length <= 2 * limits.hookFailuresKept) return
    const last = kept.slice(-limits.hookFailuresKept).map((one) => `${JSON.stringify(one)}\n`)
    writeFileSync(fileOf(dir), last.join(''))
  } catch {
    // The disk is full, or the folder may not be written: `doctor` finds that by itself.
  }
}

/** The oldest first. */
export function readFailures(dir: string): HookFailure[] {
  let text: string
  try {
    text = readFileSync(fileOf(dir), 'utf8')
  } catch {
    return []
  }
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as HookFailure]
    } catch {
      return []
    }
  })
}
