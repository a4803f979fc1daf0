import { readFile } from 'node:fs/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { policyNamed, type RoutingPolicy } from '../handoffs/routing/policy.ts'
import { DaybookError } from '../kernel/errors.ts'
import { readAgentFolder } from './agent-folder.ts'
import { type BenchFigures, type BenchInput, benchOf, summed } from './bench-answers.ts'
import { type CrossValidated, crossValidated } from './cross-validate.ts'

export const BenchPattern = z.object({
  from: z.string().min(1),
  to: z.string().min(1),
  note: z.string().nullish(),
})

export const BenchCase = z.object({
  id: z.union([z.string(), z.number()]).optional(),
  from: z.string().min(1).nullish(),
  query: z.string(),
  targets: z.array(z.string().min(1)),
})

export interface RouteBenchResult extends BenchFigures {
  /** With weights that had not seen the sender's cases; null with too few senders to leave one out. */
  readonly crossValidated: CrossValidated | null
}

/** Where they are. */
export interface BenchFiles {
  readonly agents: string
  readonly patterns: string
  readonly cases: string
}

/**
 * Reads the folder and the two files (one JSON object a line; blank lines are skipped) and runs every case.
 * Rejects with a `DaybookError`: `usage` names file, line and what was expected, `not_found` a missing file.
 */
export async function routeBench(
  paths: BenchFiles & { readonly policy?: RoutingPolicy },
): Promise<RouteBenchResult> {
  const [folder, { patterns, cases }] = await Promise.all([
    readAgentFolder(paths.agents),
    readBenchFiles(paths),
  ])
  if (folder.agents.length === 0) {
    throw new DaybookError('usage', `${paths.agents}: expected agent files, found none that can be loaded.`)
  }
  const definitions = folder.agents.map((agent) => agent.definition)
  return measured({ definitions, patterns, cases, ...(paths.policy ? { policy: paths.policy } : {}) })
}

/** The two files, read; rejects as `routeBench` does. */
export async function readBenchFiles(files: Omit<BenchFiles, 'agents'>) {
  const [patterns, cases] = await Promise.all([
    jsonLines(files.patterns, BenchPattern, '{"from": AGENT, "to": AGENT, "note": TEXT}'),
    jsonLines(files.cases, BenchCase, '{"id": ID, "from": AGENT, "query": TEXT, "targets": [AGENT]}'),
  ])
  if (cases.length > 0) return { patterns, cases }
  throw new DaybookError('usage', `${files.cases}: expected at least one case, found none.`)
}

function measured(input: BenchInput): RouteBenchResult {
  const bench = benchOf(input)
  const figures = summed(bench.answers)
  return { ...figures, crossValidated: crossValidated(bench, figures) }
}

interface ThreadInput extends Omit<BenchInput, 'policy'> {
  readonly benchOn: true
  /** A policy holds functions, which no thread takes. */
  readonly policyName: string
}

/** The same measurement beside what this process does otherwise: it computes for seconds. */
export async function routeBenchBeside({
  policy,
  ...input
}: BenchInput & { readonly policy: RoutingPolicy }): Promise<RouteBenchResult> {
  const asked: ThreadInput = { ...input, benchOn: true, policyName: policy.name }
  const thread = new Worker(new URL(import.meta.url), { workerData: asked })
  const { promise, resolve, reject } = Promise.withResolvers<RouteBenchResult>()
  thread.once('message', resolve)
  thread.once('error', reject)
  thread.once('exit', () => reject(new Error('The measurement ended before it was done.')))
  return promise
}

async function jsonLines<Line>(path: string, schema: z.ZodType<Line>, expected: string): Promise<Line[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new DaybookError(
      'not_found',
      `${path}: expected a file with one JSON object a line; it cannot be read.`,
      { cause },
    )
  })
  return text
    .replace(/^\uFEFF/u, '')
    .split(/\r?\n/u)
    .flatMap((line, at) => {
      if (line.trim() === '') return []
      const result = schema.safeParse(parsed(line))
      if (result.success) return [result.data]
      const found = line.length > 120 ? `${line.slice(0, 120).toWellFormed()}…` : line
      throw new DaybookError(
        'usage',
        `${path}:${at + 1}: expected ${expected}, found ${found}. Mend or remove the line.`,
      )
    })
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function measureHere({ policyName, ...input }: ThreadInput): void {
  const policy = policyNamed(policyName)
  parentPort?.postMessage(measured({ ...input, ...(policy === null ? {} : { policy }) }))
}

const given = workerData as ThreadInput | null
if (!isMainThread && given?.benchOn === true) measureHere(given)
