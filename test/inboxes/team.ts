import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Daybook, type OpenOptions, openDaybook } from '../../src/runtime/daybook.ts'
import { resolveSettings } from '../../src/runtime/settings.ts'

/** Agents that live elsewhere, and agents that Daybook runs: the same work for all of them. */
export const elsewhere = ['gauge-north', 'gauge-south', 'gauge-east', 'gauge-west', 'gauge-centre'] as const
export const own = ['meter-one', 'meter-two', 'meter-three'] as const

export const needOf = (number: number): string => `Measure the upload throughput of service ${number}`
export const followUpOf = (number: number): string => `Compare the measured throughput of service ${number}`

const file = (name: string) => `---
name: ${name}
description: Measures and compares the upload throughput of services
---

You are ${name}. Measure what you are asked to.

## Session Summary
End with this summary.

**Work Done**: [What was measured]
**Collaboration Needs**: [Who has to do what]
`

export function writeTeam(folder: string): void {
  mkdirSync(join(folder, 'agents'), { recursive: true })
  for (const name of [...elsewhere, ...own]) writeFileSync(join(folder, 'agents', `${name}.md`), file(name))
  writeFileSync(
    join(folder, 'daybook.config.json'),
    JSON.stringify({ agents: 'agents', external: elsewhere }),
  )
}

/** The team's log, from any process; `name` gives each process views of its own. */
export function openTeam(folder: string, name: string, agents: OpenOptions['agents']): Promise<Daybook> {
  const places = {
    dir: join(folder, name),
    store: join(folder, 'log.db'),
    memory: join(folder, name, 'memory'),
  }
  const settings = resolveSettings(places, {}, folder)
  return openDaybook(settings, agents === undefined ? {} : { agents })
}
