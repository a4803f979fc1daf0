import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** `host:pid:start`, where `start` tells two processes with the same pid apart. */
export function workerId(pid: number = process.pid): string {
  return `${hostname()}:${pid}:${startOf(pid) ?? '0'}`
}

/** True only when it is certain: the worker ran on this machine, and its process is no more. */
export function isGone(worker: string): boolean {
  const [host, pid, start] = worker.split(':')
  if (host !== hostname() || pid === undefined || !/^\d+$/u.test(pid)) return false
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
