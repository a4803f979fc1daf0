import process from 'node:process'

/** What a command left behind. */
export interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

class Exit extends Error {
  readonly code: number

  constructor(code: number) {
    super(`exit ${code}`)
    this.code = code
  }
}

let before: Promise<unknown> = Promise.resolve()

/** Runs a command as `src/cli/main.ts` does. What it writes is kept; folder and streams are this process's, so one waits for the other. */
export function inProcess(args: readonly string[], cwd: string): Promise<Ran> {
  const next = before.then(() => run(args, cwd))
  before = next.catch(() => undefined)
  return next
}

async function run(args: readonly string[], cwd: string): Promise<Ran> {
  // Colours are decided when the program is loaded.
  process.env.NO_COLOR = '1'
  const [{ program }, { report }] = await Promise.all([
    import('../../src/cli/program.ts'),
    import('../../src/cli/output.ts'),
  ])
  const said = { stdout: '', stderr: '' }
  const standing = { folder: process.cwd(), exit: process.exit, exitCode: process.exitCode }
  const streams = (['stdout', 'stderr'] as const).map((name) => {
    const { write } = process[name]
    process[name].write = ((chunk: string | Uint8Array) => {
      said[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
      return true
    }) as typeof write
    return () => {
      process[name].write = write
    }
  })
  process.exit = ((code?: number) => {
    throw new Exit(Number(code ?? process.exitCode ?? 0))
  }) as typeof process.exit
  process.exitCode = 0
  process.chdir(cwd)
  try {
    const code = await program()
      .parseAsync(args, { from: 'user' })
      .then(
        () => Number(process.exitCode ?? 0),
        (error: unknown) => (error instanceof Exit ? error.code : report(error)),
      )
    return { code, signal: null, ...said }
  } finally {
    for (const restore of streams) restore()
    process.exit = standing.exit
    process.exitCode = standing.exitCode
    process.chdir(standing.folder)
  }
}
