import { DaybookError } from '../kernel/errors.ts'

/** Whether a host name or address means this machine and no other. Without brackets and port. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/u.test(host)
}

/** Throws `usage` where others could ask and nobody could show a key. */
export function refuseOpenDoor(host: string, keys: 'some' | 'none'): void {
  if (isLoopback(host) || keys === 'some') return
  throw new DaybookError(
    'usage',
    `To listen on ${host}, others must show a key: make one with "daybook keys create NAME --role admin", or set DAYBOOK_API_KEY to a long random text (openssl rand -hex 24), or listen on 127.0.0.1.`,
  )
}
