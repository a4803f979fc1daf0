import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type History, playHistory } from './history.ts'
import type { ModelKind, Step } from './next-step.ts'

/** A place where a process of a history dies: `resume append:ModelAnswered#2:before`. */
export interface NamedPoint {
  readonly step: Step
  /** As in `point.ts`. */
  readonly at: string
  /** The folder as it is before that process. */
  readonly before: string
}

export interface NamedPoints extends AsyncDisposable {
  readonly model: ModelKind
  readonly points: readonly NamedPoint[]
  /** The run without a kill. */
  readonly undisturbed: History
}

/** Kills after which there is something to do that a run without kills does not do. */
const detours = [
  // The unsafe call's outcome is unknown, and a person decides.
  { at: 'effect:announce#1:after', leadsTo: ({ step }: NamedPoint) => step === 'decide' },
  // A probeable call may have taken effect: it is looked at.
  ...['deploy', 'Write', 'Edit'].map((tool) => ({
    at: `effect:${tool}#1:after`,
    leadsTo: ({ at }: NamedPoint) => at.startsWith('look:'),
  })),
]

/** Every point that a workflow passes, by a run without kills; and those that only follow upon a kill, if wanted. */
export async function namedPoints(model: ModelKind, afterKills: 'with' | 'without'): Promise<NamedPoints> {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-crash-record-'))
  const record = (name: string) => ({ model, concurrency: 1, record: join(folder, name) })
  const undisturbed = await playHistory({ ...record('undisturbed'), death: () => null })
  const points = pointsOf(undisturbed)
  const followed = afterKills === 'with' ? detours : []
  for (const [index, { at, leadsTo }] of followed.entries()) {
    const begin = points.find((point) => point.at === at)
    if (begin === undefined) continue
    const death = (_: Step, kills: number) => (kills === 0 ? { at } : null)
    const detour = await playHistory({ ...record(`detour-${index}`), from: begin.before, death })
    points.push(...pointsOf(detour).filter(leadsTo))
  }
  const dispose = async () => rmSync(folder, { recursive: true, force: true })
  return { model, undisturbed, points, [Symbol.asyncDispose]: dispose }
}

export function nameOf({ step, at }: Pick<NamedPoint, 'step' | 'at'>): string {
  return `${step} ${at}`
}

/** Goes on from where the point's process begins, kills it there, and goes on to the end. */
export function playPoint(model: ModelKind, point: NamedPoint): Promise<History> {
  return playHistory({
    model,
    concurrency: 1,
    from: point.before,
    death: (step, kills) => (kills === 0 && step === point.step ? { at: point.at } : null),
  })
}

/** Renderings come whenever a file is looked at: how many a process makes is no promise. */
export function mayPassBy({ at }: Pick<NamedPoint, 'at'>): boolean {
  return at.startsWith('effect:render ')
}

function pointsOf({ processes, trouble }: History): NamedPoint[] {
  if (trouble.length > 0) throw new Error(`a recorded history met trouble: ${trouble.join('; ')}`)
  return processes.flatMap(({ step, killedAt, passed, before }) =>
    killedAt === null ? passed.filter(isNamed).map((at) => ({ step, at, before })) : [],
  )
}

/** Steps of a rendering are too many to be died at one by one: those are for deaths by chance. */
function isNamed(at: string): boolean {
  return !at.startsWith('file:')
}
