import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { digestText } from '../digest.ts'
import type { HookLog } from './hook-log.ts'

/** Takes in agent files that changed since a hook last looked; mostly none did, and nothing is read. */
export async function bringAgentsUp(log: HookLog): Promise<void> {
  const { agents, dir } = log.settings
  const file = join(dir, 'hooks', 'agents.seen')
  const seen = stampOf(agents)
  if (seen === null || readOrNull(file) === seen) return
  // Reading agent files takes a parser of YAML and of Markdown: loaded only when there is something to read.
  const [{ readAgentFolder }, { placeOf, syncAgents }] = await Promise.all([
    import('../agent-folder.ts'),
    import('../sync-agents.ts'),
  ])
  const { project, places } = log
  await project.view.refresh()
  const known = project.view.agentStreams()
  await syncAgents({
    store: project.store,
    folder: await readAgentFolder(agents),
    place: placeOf(agents, places.folder),
    ids: project.ids,
    known,
  })
  writeFileSync(file, seen)
}

/** Names, times and sizes of everything below a folder; null where there is none. */
function stampOf(folder: string): string | null {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
    const stamps = names.map((name) => {
      const { mtimeMs, size } = statSync(join(folder, name))
      return `${name} ${mtimeMs} ${size}`
    })
    return digestText(stamps.join('\n'))
  } catch {
    return null
  }
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
