import type { RosterEntry } from '../../src/workflows/events.ts'
import { Brain } from './brain.ts'
import { chanceOf, idsFrom } from './chance.ts'
import { type Coverage, noCoverage } from './coverage.ts'
import { Disk } from './disk.ts'
import { Faults } from './faults.ts'
import { Laws } from './laws.ts'
import { ToolServer } from './outside.ts'
import type { Plant } from './plant.ts'
import { registrations } from './team.ts'
import { type Weather, weatherOf } from './weather.ts'
import { World } from './world.ts'

/** Everything that one simulation consists of, before anybody acts. */
export interface Stage {
  readonly seed: number
  readonly plant: Plant | null
  readonly world: World
  readonly weather: Weather
  readonly disk: Disk
  readonly faults: Faults
  readonly coverage: Coverage
  readonly laws: Laws
  readonly brain: Brain
  readonly server: ToolServer
  readonly roster: readonly RosterEntry[]
}

export const somebody = { kind: 'person' as const, id: 'somebody' }

const insights = `# Insights

Everything is open.

## Rules

Rules of the house.

## Plan

The plan is open.
`

/** So many seeds have a disk that looks at schemas. */
const schemasEvery = 4

/** A log with a team and a document, and the rest of the world around it. */
export function stageOf(seed: number, plant: Plant | null): Stage {
  const chance = chanceOf(seed)
  const world = new World(chance)
  const weather = weatherOf(chance, plant?.weather)
  const disk = new Disk(world.clock.now, seed % schemasEvery === 0 ? 'at schemas' : 'at order only')
  const coverage = noCoverage()
  const ids = idsFrom(chance)
  const roster = registrations.map((data) => {
    const agent = String(data.name)
    const event = { id: ids.next(), type: 'AgentRegistered', version: 1, data, meta: { actor: somebody } }
    disk.append(`agent-${agent}`, [event], { expected: 'no_stream' })
    return { agent, event: event.id }
  })
  importInsights(disk, ids.next())
  return {
    seed,
    plant,
    world,
    weather,
    disk,
    coverage,
    faults: new Faults(chance, weather, coverage),
    laws: new Laws(disk, coverage),
    brain: new Brain(chance, weather),
    server: new ToolServer(),
    roster,
  }
}

/** The plan is the planner's; the rules are people's. */
function importInsights(disk: Disk, id: string): void {
  const [preamble = '', ...texts] = insights.split(/(?=^## )/mu)
  const owners: Readonly<Record<string, string>> = { Plan: 'planner' }
  const sections = texts.map((text, index) => {
    const heading = /^## (.*)/u.exec(text)?.[1] ?? ''
    return { section: `s${index}`, heading, owner: owners[heading] ?? null, separator: '', text }
  })
  const data = { document: 'insights', preamble, sections, eol: '\n' }
  const event = { id, type: 'DocumentImported', version: 1, data, meta: { actor: somebody } }
  disk.append('memory-insights', [event], { expected: 'no_stream' })
}
