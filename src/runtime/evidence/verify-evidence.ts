import type { KeyObject } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { DaybookError } from '../../kernel/errors.ts'
import { streamOf } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import { digestText } from '../digest.ts'
import { parseProof, provesInclusion } from '../seals/proof.ts'
import { digestOfSeal, isSignedBy, Seal } from '../seals/seal.ts'
import { publicKeyIn, publicKeyText } from '../seals/seal-keys.ts'
import { evidenceFiles, Manifest } from './evidence-folder.ts'
import { OwnStreams, type StreamEvent } from './own-streams.ts'
import { isStatementSignedBy } from './statement.ts'

export interface VerifiedEvidence {
  readonly ok: boolean
  readonly workflow: string | null
  readonly events: number
  /** Of the key that signed; whether it is the right one is for the reader to know. */
  readonly keyId: string | null
  /** Line of `events.jsonl` where something is wrong, from 1; null when it is about no line. */
  readonly line: number | null
  readonly problem: string | null
  /** Who signed the seal signed, too, that these are all events of the workflow; false: nobody said so. */
  readonly complete: boolean
  /** Streams of the workflow that have no end here. */
  readonly open: readonly string[]
  /** Streams that its events name and that are not here: not begun yet, of another workflow, or, unsigned, left out. */
  readonly absent: readonly string[]
}

const nothing = {
  ok: false,
  workflow: null,
  events: 0,
  keyId: null,
  line: null,
  problem: null,
  complete: false,
  open: [],
  absent: [],
} as const

/**
 * Checks a folder of evidence by itself: no store, no key but the one inside. Whatever is wrong is the result, not
 * an error.
 */
export async function verifyEvidence(folder: string): Promise<VerifiedEvidence> {
  try {
    const { manifest, seal, complete } = signedParts(folder)
    const about = { ...nothing, workflow: manifest.workflow, keyId: seal.keyId }
    const { events, problem, line, streams } = await checkEvents(folder, seal)
    if (problem !== null) return { ...about, events, problem, line }
    const text = readFileSync(evidenceFiles(folder).events, 'utf8')
    if (events !== manifest.events || digestText(text) !== manifest.digest)
      return { ...about, events, problem: 'manifest.json does not fit events.jsonl' }
    if (!streams.has(streamOf('workflow', manifest.workflow)))
      return { ...about, events, problem: `no event of workflow ${manifest.workflow} is there` }
    return { ...about, ok: true, events, complete, open: streams.open, absent: streams.absent }
  } catch (error) {
    if (!(error instanceof DaybookError)) throw error
    return { ...nothing, problem: error.message }
  }
}

interface SignedParts {
  readonly manifest: Manifest
  readonly seal: Seal
  readonly complete: boolean
}

function signedParts(folder: string): SignedParts {
  const files = evidenceFiles(folder)
  const manifest = parsed(files.manifest, (json) => Manifest.parse(json))
  const seal = parsed(files.seal, (json) => Seal.strict().parse(json))
  const [keyId, key] = publicKeyIn(files.key)
  if (keyId !== seal.keyId) throw wrong(files.key, `is the key ${keyId}, and the seal names ${seal.keyId}`)
  if (publicKeyText(key) !== readFileSync(files.key, 'utf8'))
    throw wrong(files.key, 'is not as it was written')
  if (!isSignedBy(key, seal)) throw wrong(files.seal, 'has a wrong signature')
  return { manifest, seal, complete: isComplete({ manifest, seal, key, path: files.manifest }) }
}

/** Throws for a statement that is not what was signed: events were left out, put in, or are those of another seal. */
function isComplete(given: {
  readonly manifest: Manifest
  readonly seal: Seal
  readonly key: KeyObject
  readonly path: string
}): boolean {
  const { manifest, seal, key, path } = given
  if (manifest.format === 'daybook-evidence-v1') return false
  if (manifest.seal !== digestOfSeal(seal)) throw wrong(path, 'belongs to another seal')
  if (manifest.signature === null) return false
  if (isStatementSignedBy(key, manifest, manifest.signature)) return true
  throw wrong(
    path,
    'has a wrong signature: these are not the events, or not all of them, that were exported under it',
  )
}

interface CheckedEvents {
  readonly events: number
  readonly problem: string | null
  readonly line: number | null
  readonly streams: OwnStreams
}

async function checkEvents(folder: string, seal: Seal): Promise<CheckedEvents> {
  const files = evidenceFiles(folder)
  const proofs = linesIn(files.proofs)[Symbol.asyncIterator]()
  const streams = new OwnStreams()
  let events = 0
  let before = -1
  for await (const text of linesIn(files.events)) {
    const wrongHere = (problem: string) => ({ events, problem, line: events + 1, streams })
    if (events >= limits.evidenceEventsMax) return wrongHere('there are more events than evidence may have')
    const proofText = await proofs.next()
    if (proofText.done === true) return wrongHere('it has no proof')
    const proof = proofOf(proofText.value)
    if (proof === null) return wrongHere('its proof is none')
    if (proof.index <= before) return wrongHere('it does not follow the event before it')
    if (!provesInclusion(text, proof, seal)) return wrongHere('its proof does not lead to the sealed root')
    const gap = streams.take(JSON.parse(text) as StreamEvent)
    if (gap !== null) return wrongHere(gap)
    before = proof.index
    events += 1
  }
  if ((await proofs.next()).done !== true)
    return { events, problem: 'there are more proofs than events', line: null, streams }
  return { events, problem: null, line: null, streams }
}

function proofOf(text: string) {
  try {
    return parseProof(text)
  } catch {
    return null
  }
}

/** Split at line feeds only: canonical JSON has none, and may have other line separators. */
async function* linesIn(path: string): AsyncGenerator<string> {
  if (!existsSync(path)) throw wrong(path, 'is not there')
  let rest = ''
  for await (const chunk of createReadStream(path, 'utf8')) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    if (rest.length > limits.eventBytesMax * 2) throw wrong(path, 'has a line that is too long')
    yield* lines
  }
  if (rest !== '') throw wrong(path, 'ends in the middle of a line')
}

function parsed<T>(path: string, parse: (json: unknown) => T): T {
  if (!existsSync(path)) throw wrong(path, 'is not there')
  if (statSync(path).size > limits.proofBytesMax) throw wrong(path, 'is too large')
  try {
    return parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    throw new DaybookError('invalid', `${path} is not what it should be.`, { cause })
  }
}

function wrong(path: string, what: string): DaybookError {
  return new DaybookError('invalid', `${path} ${what}.`)
}
