import { mkdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { projections as shipped } from '../../projections/index.ts'
import { patternsPolicy } from '../handoffs/routing/policy.ts'
import type { Clock } from '../kernel/clock.ts'
import { DaybookError } from '../kernel/errors.ts'
import type { Actor } from '../kernel/event.ts'
import type { RosterEntry } from '../workflows/events.ts'
import { readAgentFolder } from './agent-folder.ts'
import { DocumentFolder, documentsFor } from './document-folder.ts'
import { leaseMsOf } from './lease.ts'
import { loadProjections } from './load-projections.ts'
import { modelChoice } from './models.ts'
import { openStore } from './open-store.ts'
import { type Project, projectOn } from './project.ts'
import { memoryProjectionStore, openProjectionStore, type ProjectionStore } from './projection-store.ts'
import { Projector } from './projector.ts'
import { opinionOfModel, type SecondOpinion } from './second-opinion.ts'
import { GuardedStore, type Removal } from './secrets/guarded-store.ts'
import { redactingModel } from './secrets/redacting-model.ts'
import { Secrets } from './secrets/secrets.ts'
import { configFileName, type Settings } from './settings.ts'
import { placeOf, syncAgents } from './sync-agents.ts'
import { openTraces } from './tracing/open-traces.ts'
import type { ModelFor } from './work-on.ts'
import { workplaceOf } from './workplace.ts'

export interface OpenOptions {
  /** `sync`: agent files that changed become events first. `none`: the log is enough. */
  readonly agents?: 'sync' | 'none'
  /** `sync`: documents found on disk are taken into the log, and the log's are written to disk. */
  readonly documents?: 'sync' | 'none'
  /** `read`: nothing is written; the log must exist. */
  readonly mode?: 'write' | 'read'
  readonly clock?: Clock
  /** For people: what was found and done while opening. */
  readonly onNotice?: (notice: string) => void
}

/** Everything a command or a server needs, on one log. */
export interface Daybook {
  readonly settings: Settings
  readonly project: Project
  readonly projector: Projector
  readonly modelFor: ModelFor
  /** Agents of the folder in the settings, as the log defines them now. Empty with `agents: none`. */
  readonly roster: readonly RosterEntry[]
  /** The person at this machine. */
  readonly person: Actor
  /** Says something to people, as what was found while it was opened. */
  readonly notice: (text: string) => void
  close(): Promise<void>
}

/** The part of an open Daybook that a face answers from. */
export type ServedDaybook = Pick<Daybook, 'project' | 'projector' | 'roster' | 'person'> & {
  readonly settings: Pick<Settings, 'rehearsal' | 'config' | 'store' | 'seals' | 'agents' | 'memory'>
}

export const systemClock: Clock = { now: () => Date.now() }

/** Opens the log and brings agents and documents up to date. Whoever opens it closes it. */
export async function openDaybook(settings: Settings, options: OpenOptions = {}): Promise<Daybook> {
  const clock = options.clock ?? systemClock
  const notice = options.onNotice ?? (() => undefined)
  const writes = options.mode !== 'read'
  if (writes && !settings.store.startsWith('memory:')) makeFolder(settings.dir)
  const leaseMs = leaseMsOf(process.env)
  const secrets = new Secrets(settings.config.notSecrets)
  const opened = await openStore(settings.store, { clock, mode: writes ? 'write' : 'read' })
  const store = new GuardedStore(opened, secrets, tellOnce(notice))
  const views = openViews(settings)
  try {
    const rendering = (parts: Omit<Project, 'rendering'>) =>
      documentFolder({ ...parts, secrets }, settings, notice)
    const workplace = workplaceOf(settings, process.env)
    const project = projectOn({
      store,
      clock,
      policy: patternsPolicy,
      ...opinions(settings, () => modelFor),
      rendering,
      leaseMs,
      views,
      workplace,
      secrets,
    })
    const traces = writes
      ? await openTraces({
          env: process.env,
          store,
          workflow: (id) => project.work.workflow(id),
          onNotice: notice,
        })
      : null
    if (traces !== null) store.onAppended = (stream, events) => traces.told(stream, events, clock.now())
    const roster = options.agents === 'sync' ? await bringAgents(project, settings, notice) : []
    const person = personHere()
    if (options.documents === 'sync') await bringDocuments(project, settings)
    const projector = await openProjector({ project, views }, settings, notice)
    const modelFor = redacting(
      modelChoice({ env: process.env, config: settings.config, onNotice: notice }),
      secrets,
    )
    return {
      settings,
      project,
      projector,
      modelFor,
      roster,
      person,
      notice,
      close: async () => {
        await traces?.close()
        await closeAll(views, project)
      },
    }
  } catch (error) {
    views.close()
    await store.close()
    throw error
  }
}

/** Off unless the configuration names a model for it. */
function opinions({ config }: Settings, modelFor: () => ModelFor): { secondOpinion?: SecondOpinion } {
  const asked = config.secondOpinion
  if (asked === undefined) return {}
  return { secondOpinion: opinionOfModel((agent) => modelFor()(agent, { ...asked, rehearsal: false })) }
}

/** What models say is redacted before anybody sees it. */
function redacting(modelFor: ModelFor, secrets: Secrets): ModelFor {
  return (agent, workflow) => {
    const choice = modelFor(agent, workflow)
    return { ...choice, model: redactingModel(choice.model, secrets) }
  }
}

/** Once for each text: the same one may come in by many events. */
function tellOnce(notice: (text: string) => void): (removal: Removal) => void {
  const told = new Set<string>()
  return ({ rule, digest, stream, type }) => {
    if (told.has(digest)) return
    told.add(digest)
    notice(
      `secrets: something that looks like a secret (${rule}) was taken out of ${type} in ${stream} before it was recorded. If it is none, add "${digest}" to notSecrets in ${configFileName}.`,
    )
  }
}

async function closeAll(views: ProjectionStore, project: Project): Promise<void> {
  project.reading.keep()
  views.close()
  await project.store.close()
}

function documentFolder(
  { streams, view, history, clock, secrets }: Omit<Project, 'rendering'> & { secrets: Secrets },
  settings: Settings,
  onNotice: (text: string) => void,
): DocumentFolder {
  const bases = join(settings.dir, 'rendered')
  return new DocumentFolder({
    folder: settings.memory,
    bases,
    streams,
    view,
    history,
    clock,
    secrets,
    onNotice,
  })
}

async function bringDocuments({ view, rendering }: Project, settings: Settings): Promise<void> {
  await view.refresh()
  await rendering.sync(await documentsFor(settings.memory, view))
}

async function openProjector(
  { project, views }: { project: Project; views: ProjectionStore },
  settings: Settings,
  notice: (text: string) => void,
): Promise<Projector> {
  const own =
    settings.projections === null
      ? null
      : await loadProjections(
          settings.projections,
          shipped.map((projection) => projection.name),
        )
  for (const diagnostic of own?.diagnostics ?? []) notice(diagnostic.message)
  return new Projector({
    store: project.store,
    projections: [...shipped, ...(own?.projections ?? [])],
    views,
  })
}

function openViews({ store, dir }: Settings): ProjectionStore {
  return store.startsWith('memory:') ? memoryProjectionStore() : openProjectionStore(join(dir, 'views.db'))
}

async function bringAgents(
  project: Project,
  settings: Settings,
  notice: (text: string) => void,
): Promise<RosterEntry[]> {
  const folder = await readAgentFolder(settings.agents)
  const place = placeOf(settings.agents, process.cwd())
  await project.view.refresh()
  const known = project.view.agentStreams()
  const synced = await syncAgents({ store: project.store, folder, place, ids: project.ids, known })
  for (const { file, reason, kind } of folder.skipped)
    if (kind === 'unloadable') notice(`agents: ${file} cannot be loaded: ${reason}`)
  const changes = [
    ...(synced.registered.length > 0 ? [`${synced.registered.length} registered`] : []),
    ...(synced.revised.length > 0 ? [`${synced.revised.length} revised`] : []),
    ...(synced.retired.length > 0 ? [`${synced.retired.length} retired`] : []),
  ]
  // What is registered in a log of memory is recorded nowhere.
  if (changes.length > 0 && !settings.store.startsWith('memory:'))
    notice(`agents: ${changes.join(', ')} (${settings.agents})`)
  return synced.roster.map(({ agent, event }) => ({ agent, event }))
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const kind = code === 'EROFS' ? 'read_only' : code === 'ENOSPC' ? 'disk_full' : 'access_denied'
    throw new DaybookError(
      kind,
      `${folder}: cannot be made (${code}). Name another folder with --dir, or mend its rights.`,
      { cause },
    )
  }
}

/** Nobody is asked for a name: the account's is what the log can know. */
export function personHere(): Actor {
  const name = process.env.DAYBOOK_PERSON ?? accountName()
  return name === undefined || name === ''
    ? { kind: 'unknown', id: 'unknown' }
    : { kind: 'person', id: name.slice(0, 200) }
}

function accountName(): string | undefined {
  try {
    return userInfo().username
  } catch {
    return undefined
  }
}
