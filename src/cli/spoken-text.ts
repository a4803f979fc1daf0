import pc from 'picocolors'
import { printable } from './printable.ts'

/** What agents say, while they say it. */
export interface SpokenText {
  /** Text as it arrives, in pieces of any size. */
  hear(session: string, piece: string): void
  /** The answer is over, or broke off: what is left of its last line is said. */
  end(session: string): void
}

interface Listening {
  /** The name of the agent that speaks in a session. */
  readonly agentOf: (session: string) => string
  readonly say: (line: string) => void
}

/** Shows text line by line with the agent's name before each: several agents speak at the same time. */
export function spokenText({ agentOf, say }: Listening): SpokenText {
  const begun = new Map<string, string>()
  const show = (session: string, line: string) => {
    if (line.trim() !== '') say(`${pc.dim(`${agentOf(session)} │`)} ${printable(line.trimEnd())}`)
  }
  return {
    hear(session, piece) {
      const lines = `${begun.get(session) ?? ''}${piece}`.split('\n')
      begun.set(session, lines.pop() ?? '')
      for (const line of lines) show(session, line)
    },
    end(session) {
      show(session, begun.get(session) ?? '')
      begun.delete(session)
    },
  }
}

export const nothingSpoken: SpokenText = { hear: () => undefined, end: () => undefined }
