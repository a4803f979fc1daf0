import { parseArgs } from 'node:util'
import { startMessagesServer } from './messages-server.ts'
import type { Play } from './play.ts'
import { teamBrain } from './team-brain.ts'

/**
 * The server as a process: prints its address, and plays agents until it is told to stop. With `--trouble N`
 * every Nth request meets a 529, a 429 or a cut stream, in turn.
 */
const { values } = parseArgs({ options: { port: { type: 'string' }, trouble: { type: 'string' } } })
const every = Number(values.trouble ?? 0)

const server = await startMessagesServer({
  port: Number(values.port ?? 0),
  script: (request, index) => {
    const play = teamBrain(request)
    return every > 0 && (index + 1) % every === 0 ? troubled(play, (index + 1) / every) : play
  },
})
process.stdout.write(`${server.url}\n`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close())

function troubled(play: Play, count: number): Play {
  if (count % 3 === 1) return { status: 529, error: { type: 'overloaded_error', message: 'Overloaded' } }
  if (count % 3 === 2)
    return {
      status: 429,
      error: { type: 'rate_limit_error', message: 'Slow down' },
      headers: { 'retry-after-ms': '200' },
    }
  return { ...play, mischief: { kind: 'cut', afterFrames: 5 } } as Play
}
