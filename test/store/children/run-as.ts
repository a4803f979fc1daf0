import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** What `open-log.ts` says when another user runs it (`undefined`: our own). */
export async function runAs(uid: number | undefined, args: readonly string[]): Promise<unknown> {
  const script = new URL('open-log.ts', import.meta.url).pathname
  const options = uid === undefined ? {} : { uid, gid: uid }
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], options)
  return JSON.parse(stdout)
}
