import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import type { Diagnostic } from '../agents/events.ts'
import { DaybookError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Projection } from '../kernel/projection.ts'

export interface LoadedProjections {
  readonly projections: readonly Projection[]
  /** One for each file that is no projection: the file, what was expected, what to do. */
  readonly diagnostics: readonly Diagnostic[]
}

const fold = z.custom<(...given: never[]) => unknown>(
  (value) => typeof value === 'function',
  'is no function',
)

const ProjectionShape = z.object({
  name: z
    .string('is no text')
    .max(100)
    .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/u, 'is not in kebab case, as "open-questions" is'),
  version: z.int('is no whole number from 1').positive('is no whole number from 1'),
  initial: z.json('is no JSON'),
  key: fold,
  evolve: fold,
  render: fold,
})

/**
 * Reads people's own projections from the `.ts` and `.js` files of `folder`, in the order of their names: each
 * exports one by default or as `projection`. A file that is none is named in `diagnostics` and does not stop
 * the others; a folder that cannot be read rejects with `usage`. The files' code runs: they are the user's own.
 */
export async function loadProjections(
  folder: string,
  taken: Iterable<string> = [],
): Promise<LoadedProjections> {
  const names = new Map([...taken].map((name) => [name, 'Daybook']))
  const projections: Projection[] = []
  const diagnostics: Diagnostic[] = []
  for (const file of projectionFiles(folder)) {
    const loaded = await loadOne(file)
    const owner = 'message' in loaded ? undefined : names.get(loaded.name)
    if ('message' in loaded) diagnostics.push(loaded)
    else if (owner !== undefined) {
      diagnostics.push(
        refused(file, `the name "${loaded.name}" belongs to ${owner} already; give it another`),
      )
    } else {
      names.set(loaded.name, file)
      projections.push(loaded)
    }
  }
  return { projections, diagnostics }
}

async function loadOne(file: string): Promise<Projection | Diagnostic> {
  let module: Record<string, unknown>
  try {
    module = (await import(pathToFileURL(file).href)) as Record<string, unknown>
  } catch (error) {
    return refused(file, `cannot be loaded: ${error instanceof Error ? error.message : String(error)}`)
  }
  const value = module.default ?? module.projection
  if (typeof value !== 'object' || value === null) {
    return refused(
      file,
      'exports no projection; export one by default or as "projection": { name, version, key, initial, evolve, render }',
    )
  }
  const checked = ProjectionShape.safeParse(value)
  if (!checked.success) {
    const issues = checked.error.issues.map((issue) => `"${issue.path.join('.')}" ${issue.message}`)
    return refused(file, `is no projection: ${issues.join('; ')}`)
  }
  // A fold that changes its state in place would go unnoticed; frozen, it fails at once and by name.
  deepFreeze((value as Projection).initial)
  return value as Projection
}

function projectionFiles(folder: string): string[] {
  let entries: string[]
  try {
    entries = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [entry.name] : [],
    )
  } catch (cause) {
    const message = `${folder}: cannot be read as a folder of projections. Give --projections a folder with .ts or .js files.`
    throw new DaybookError('usage', message, { cause })
  }
  const files = entries.filter(
    (name) => /\.(?:ts|js|mts|mjs)$/u.test(name) && !/\.(?:d|test)\.[a-z]+$/u.test(name),
  )
  if (files.length > limits.projectionFilesMax) {
    const message = `${folder}: ${files.length} projections; at most ${limits.projectionFilesMax}.`
    throw new DaybookError('too_large', message)
  }
  return files.sort().map((name) => resolve(join(folder, name)))
}

function refused(file: string, what: string): Diagnostic {
  return { code: 'projection_refused', message: `${file}: ${what}.` }
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  Object.freeze(value)
  for (const inner of Object.values(value)) deepFreeze(inner)
}
