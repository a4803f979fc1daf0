import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const root = resolve(import.meta.dirname, '../..')

export interface Place {
  /** Daybook's own folder, and the folder of the rendered documents: one each for every process. */
  readonly dir: string
  readonly memory: string
  readonly store: string
}

/** One `daybook worker` in rehearsal, as a process of its own. */
export class Coordinator {
  readonly place: Place
  readonly #child: ChildProcess
  readonly #exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  #said: Promise<unknown> | undefined
  /** The end of what it said on stderr. */
  said = ''

  constructor(place: Place, { leaseMs, concurrency }: { leaseMs: number; concurrency: number }) {
    this.place = place
    const { dir, memory, store } = place
    const places = ['--dir', dir, '--memory', memory, '--store', store, '--rehearsal', '--json']
    const args = ['src/cli/main.ts', 'worker', '--concurrency', String(concurrency), ...places]
    this.#child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, DAYBOOK_LEASE_MS: String(leaseMs) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.said = (this.said + chunk.toString()).slice(-4_000)
    })
    this.#exited = once(this.#child, 'exit').then(([code, signal]) => ({ code, signal }))
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** Resolves when it says on stdout that it works. */
  working(): Promise<unknown> {
    this.#said ??= Promise.race([once(this.#child.stdout!, 'data'), this.#exited])
    return this.#said
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  /** As a laptop that sleeps, or a machine that swaps: it stands still for so long and then goes on. */
  async freeze(ms: number): Promise<void> {
    this.#child.kill('SIGSTOP')
    await Promise.race([sleep(ms), this.#exited])
    this.#child.kill('SIGCONT')
  }

  /** As a scheduler ends it; its exit code. */
  async end(): Promise<number | null> {
    this.#child.kill('SIGTERM')
    return (await this.#exited).code
  }

  /** Undefined while it runs. */
  get exit(): number | string | undefined {
    return this.#child.exitCode ?? this.#child.signalCode ?? undefined
  }
}

/** The KurrentDB test server as a process of its own. */
export async function forkTestServer(): Promise<{
  readonly url: string
  /** `swallow`: it is there and silent; `cut`: every connection ends; `open`: all is well again. */
  tell(what: 'swallow' | 'open' | 'cut'): void
  stop(): Promise<void>
}> {
  const child = fork(resolve(root, 'test/store/kurrent/server/main.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  return {
    url,
    tell: (what) => void child.send(what),
    async stop() {
      if (child.exitCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}
