import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * `host:pid:start:namespace`. `start` tells two processes with the same pid apart; the pid namespace tells
 * containers apart that share the host's name.
 */
export function workerId(pid: number = process.pid): string {
  return `${hostname()}:${pid}:${startOf(pid) ?? '0'}:${namespace()}`
}

/** True only when it is certain: the worker ran on this machine, and its process is no more. */
export function isGone(worker: string): boolean {
  const [host, pid, start, space] = worker.split(':')
  if (host !== hostname() || space !== namespace()) return false
  if (pid === undefined || !/^\d{1,10}$/u.test(pid)) return false
  if (!exists(Number(pid))) return true
  const now = startOf(Number(pid))
  return now !== null && start !== undefined && start !== '0' && now !== start
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** When the process began, in clock ticks since boot; null where the system does not tell. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}

/** Which processes a pid is counted among; `0` where the system has no such thing. */
function namespace(): string {
  try {
    return /\d+/u.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'
  } catch {
    return '0'
  }
}
