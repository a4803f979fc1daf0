import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { DaybookError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { EventStore } from '../../store/port.ts'
import { digestText } from '../digest.ts'
import { HashTree } from '../seals/hash-tree.ts'
import { leafText } from '../seals/leaf.ts'
import { type InclusionProof, proofFrom } from '../seals/proof.ts'
import { digestOfSeal, type Seal } from '../seals/seal.ts'
import { ownSigningKey, publicKeys, publicKeyText } from '../seals/seal-keys.ts'
import { storedEvents } from '../seals/sealed-log.ts'
import { sealingIn } from '../seals/sealing.ts'
import { evidenceFiles, type Manifest } from './evidence-folder.ts'
import { evidencePage } from './evidence-page.ts'
import { howToCheck } from './how-to-check.ts'
import { type Statement, signStatement } from './statement.ts'
import { eventsOfWorkflow } from './workflow-events.ts'

export interface ExportEvidence {
  readonly workflow: string
  /** New or empty. */
  readonly folder: string
  /** Where seals, keys and the tree are kept. */
  readonly seals: string
  /** The seal that covers the workflow. */
  readonly seal: Seal
}

export interface ExportedEvidence {
  readonly workflow: string
  readonly folder: string
  readonly events: number
  readonly sealed: number
  readonly keyId: string
  /** That these are all events of the workflow is signed. False where the seal's private key is not at hand. */
  readonly complete: boolean
}

/**
 * Makes a folder that shows what the log says about a workflow and proves it: its events, a proof for each, the
 * seal and its public key, how to check all that, and a page to read. Where the seal's private key is at hand, it
 * signs that these are all events of the workflow.
 *
 * Rejects with `not_found` for a workflow that the sealed log does not have, with `usage` for a folder that is not
 * empty, with `too_large`.
 */
export async function exportEvidence(store: EventStore, options: ExportEvidence): Promise<ExportedEvidence> {
  const { workflow, folder, seal } = options
  checkEmpty(folder)
  const key = publicKeys(options.seals).get(seal.keyId)
  if (key === undefined)
    throw new DaybookError('not_found', `${options.seals}: the public key ${seal.keyId} is not here.`)
  const { lines, proofs } = await proven(store, options)
  if (lines.length === 0)
    throw new DaybookError('not_found', `No sealed event belongs to a workflow ${workflow}.`)
  const text = lines.map((line) => `${line}\n`).join('')
  const statement = { workflow, events: lines.length, digest: digestText(text), seal: digestOfSeal(seal) }
  const signature = signatureOf(statement, options)
  const manifest: Manifest = { format: 'daybook-evidence-v2', ...statement, signature }
  const files = evidenceFiles(folder)
  mkdirSync(folder, { recursive: true })
  writeFileSync(files.events, text)
  writeFileSync(files.proofs, proofs.map((proof) => `${JSON.stringify(proof)}\n`).join(''))
  writeFileSync(files.seal, `${JSON.stringify(seal)}\n`)
  writeFileSync(files.key, publicKeyText(key))
  writeFileSync(files.howTo, howToCheck({ workflow, seal }))
  writeFileSync(files.page, evidencePage({ workflow, seal, lines }))
  writeFileSync(files.manifest, `${JSON.stringify(manifest)}\n`)
  const { size: sealed, keyId } = seal
  return { workflow, folder, events: lines.length, sealed, keyId, complete: signature !== null }
}

/** Null where the private key of the seal is not: on another machine, or after the key was exchanged. */
function signatureOf(statement: Statement, { seals, seal }: ExportEvidence): string | null {
  const own = ownSigningKey(seals)
  return own?.keyId === seal.keyId ? signStatement(own.key, statement) : null
}

async function proven(
  store: EventStore,
  { workflow, seals, seal }: ExportEvidence,
): Promise<{ lines: string[]; proofs: InclusionProof[] }> {
  const wanted = await eventsOfWorkflow(store, workflow)
  if (wanted.size > limits.evidenceEventsMax)
    throw new DaybookError(
      'too_large',
      `Workflow ${workflow} has ${wanted.size} events; evidence has at most ${limits.evidenceEventsMax}.`,
    )
  const tree = new HashTree(sealingIn(seals).tree, 'read')
  const lines: string[] = []
  const proofs: InclusionProof[] = []
  try {
    let index = 0
    for await (const event of storedEvents(store)) {
      if (index >= seal.size) break
      if (wanted.has(event.id)) {
        lines.push(leafText(event))
        proofs.push(proofFrom(tree, index, seal.size))
      }
      index += 1
    }
  } finally {
    tree.close()
  }
  return { lines, proofs }
}

/** Rejects with `usage` for a folder that holds something. */
export function checkEmpty(folder: string): void {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return
  throw new DaybookError('usage', `${folder} is not empty: name a new folder.`)
}
