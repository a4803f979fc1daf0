import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { DaybookError, refusal } from '../../kernel/errors.ts'
import type { Project } from '../project.ts'
import { lastSeal } from '../seals/seal-now.ts'
import type { Settings } from '../settings.ts'
import { evidenceFiles, Manifest } from './evidence-folder.ts'
import { checkEmpty, type ExportedEvidence, exportEvidence } from './export-evidence.ts'
import { filesOfTar, tarOf } from './tar.ts'

/**
 * Evidence of a workflow, up to the last seal, as one stream. Throws `not_sealed` when there is no seal yet, and as
 * `exportEvidence` does. The files are gone when the stream has ended or was left.
 */
export async function packEvidence(
  { store }: Pick<Project, 'store'>,
  {
    workflow,
    settings: { seals },
  }: { readonly workflow: string; readonly settings: Pick<Settings, 'seals'> },
): Promise<AsyncGenerator<Uint8Array>> {
  const seal = lastSeal(seals)
  if (seal === undefined)
    throw refusal({ code: 'not_sealed', message: 'Nothing of this log is sealed: POST /v1/seals seals it.' })
  const folder = mkdtempSync(join(tmpdir(), 'daybook-evidence-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    await exportEvidence(store, { workflow, folder, seals, seal })
  } catch (error) {
    remove()
    throw error
  }
  return packed(folder, remove)
}

async function* packed(folder: string, remove: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* tarOf(filesIn(folder))
  } finally {
    remove()
  }
}

async function* filesIn(folder: string) {
  for (const path of Object.values(evidenceFiles(folder)))
    yield { name: basename(path), bytes: readFileSync(path) }
}

/** Writes packed evidence into a folder that is new or empty. Rejects with `usage` for another, with `invalid`. */
export function unpackEvidence(tar: Uint8Array, folder: string): ExportedEvidence {
  checkEmpty(folder)
  const known = new Set(Object.values(evidenceFiles('')).map((path) => basename(path)))
  const files = filesOfTar(tar)
  const stray = files.find(({ name }) => !known.has(name))
  if (stray !== undefined)
    throw new DaybookError(
      'invalid',
      `The evidence holds a file ${stray.name}, which belongs to no evidence.`,
    )
  mkdirSync(folder, { recursive: true })
  for (const { name, bytes } of files) writeFileSync(join(folder, name), bytes)
  const places = evidenceFiles(folder)
  const manifest = Manifest.parse(JSON.parse(readFileSync(places.manifest, 'utf8')))
  const { workflow, events } = manifest
  const complete = 'signature' in manifest && manifest.signature !== null
  const { size, keyId } = JSON.parse(readFileSync(places.seal, 'utf8')) as { size: number; keyId: string }
  return { workflow, folder, events, sealed: size, keyId, complete }
}
