import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { limits } from '../../kernel/limits.ts'
import type { HookAgent } from './payload.ts'
import { shortName } from './places.ts'

/** A subagent that began and has not ended, as far as its hooks tell. All of it is in the log as well. */
export interface AtWork {
  /** Claude Code's session, and its name for the agent. */
  readonly claude: string
  readonly agentId: string
  readonly agent: string
  readonly session: string
  readonly workflow: string
  readonly handoff: string
  readonly epoch: number
  /** The tool call of the main conversation that began it; null when it was not found. */
  readonly task: string | null
}

/** How an agent of Claude Code is called in leases: what it does is told by many processes, one after the other. */
export function workerOf({
  session,
  agent,
}: {
  readonly session: string
  readonly agent: Pick<HookAgent, 'id'>
}): string {
  return `claude-code:${session}:${agent.id}`.slice(0, 200)
}

/** Who is at work, as files: what a hook needs of a session that others began, without reading the log. */
export class AgentsAtWork {
  readonly #folder: string

  constructor(dir: string) {
    this.#folder = atWorkFolder(dir)
  }

  find(claude: string, agent: Pick<HookAgent, 'id'>): AtWork | null {
    return this.#read(this.#file(claude, agent.id))
  }

  all(): AtWork[] {
    let names: string[]
    try {
      names = readdirSync(this.#folder).filter((name) => name.endsWith('.json'))
    } catch {
      return []
    }
    return names.flatMap((name) => this.#read(join(this.#folder, name)) ?? [])
  }

  begin(work: AtWork): void {
    mkdirSync(this.#folder, { recursive: true })
    const file = this.#file(work.claude, work.agentId)
    writeFileSync(`${file}.new`, JSON.stringify(work))
    renameSync(`${file}.new`, file)
  }

  end({ claude, agentId }: Pick<AtWork, 'claude' | 'agentId'>): void {
    rmSync(this.#file(claude, agentId), { force: true })
  }

  #file(claude: string, agentId: string): string {
    return join(this.#folder, `${shortName('at-work', claude, agentId)}.json`)
  }

  #read(file: string): AtWork | null {
    try {
      if (statSync(file).mtimeMs < Date.now() - limits.hookLeaseMs) return null
      return JSON.parse(readFileSync(file, 'utf8')) as AtWork
    } catch {
      return null
    }
  }
}

/** Empty, or not there, when no subagent of Claude Code is at work. */
export function atWorkFolder(dir: string): string {
  return join(dir, 'hooks', 'at-work')
}
