import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { v7 } from 'uuid'
import { openStore } from '../../src/runtime/open-store.ts'
import { HashTree } from '../../src/runtime/seals/hash-tree.ts'
import { leafText } from '../../src/runtime/seals/leaf.ts'
import { type InclusionProof, parseProof, proofFrom, provesInclusion } from '../../src/runtime/seals/proof.ts'
import type { Seal } from '../../src/runtime/seals/seal.ts'
import { Sealer } from '../../src/runtime/seals/sealer.ts'
import { verifyLog } from '../../src/runtime/seals/verify-log.ts'
import { attack, chanceOf } from '../seals/attacks.ts'
import { type Figures, type Soak, share } from './campaign.ts'

const eventsWhole = 100_000
const attacksWhole = 1_000
const proofsWhole = 1_000_000
const eventsPerSeal = 5_000

const clock = { now: () => Date.now() }

/**
 * A sealed log that somebody alters in every way, one at a time, and proofs that are altered: none may go unnoticed.
 *
 *     node test/soak/seals.ts [--seed N] [--scale 0.01]
 */
export const soak: Soak = {
  name: 'seals',
  async run({ seed, scale, report }) {
    const folder = mkdtempSync(join(tmpdir(), 'daybook-soak-seals-'))
    try {
      const sealed = await sealedLog(folder, {
        events: Math.max(2_000, share(eventsWhole, { scale })),
        seed,
        report,
      })
      const attacks = await attackLog(folder, {
        ...sealed,
        attacks: share(attacksWhole, { scale }),
        seed,
        report,
      })
      const proofs = mutateProofs(sealed, { count: share(proofsWhole, { scale }), seed, report })
      return { events: sealed.events, ...attacks, ...proofs }
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
}

interface SealedLog {
  readonly events: number
  readonly path: string
  readonly seals: string
  readonly last: Seal
  readonly samples: readonly { readonly text: string; readonly proof: InclusionProof }[]
}

type Report = (line: string) => void

async function sealedLog(
  folder: string,
  { events, seed, report }: { events: number; seed: number; report: Report },
): Promise<SealedLog> {
  const path = join(folder, 'log.db')
  const seals = join(folder, 'seals')
  const store = await openStore(path, { clock })
  const sealer = new Sealer({ store, folder: seals, ids: { next: () => v7() }, worker: 'soak' })
  const chance = chanceOf(seed)
  let last: Seal | null = null
  for (let count = 0; count < events; ) {
    const batch = Array.from({ length: 100 }, () => sample(chance))
    await store.append(`session-${Math.floor(chance() * 400)}`, batch, { expected: 'any' })
    count += batch.length
    if (count % eventsPerSeal === 0 || count >= events) last = (await sealer.seal())?.seal ?? last
    if (count % 20_000 === 0) report(`${count} events are appended and sealed`)
  }
  const samples = await sampleProofs(seals, { store, size: last!.size })
  await store.close()
  return { events, path, seals, last: last!, samples }
}

function sample(chance: () => number) {
  const text = 'what was said, and what came of it; '.repeat(1 + Math.floor(chance() * 20))
  const actor = { kind: 'agent' as const, id: 'writer' }
  return { id: v7(), type: 'Said', version: 1, data: { text, at: chance() }, meta: { actor } }
}

async function sampleProofs(
  seals: string,
  { store, size }: { store: Awaited<ReturnType<typeof openStore>>; size: number },
): Promise<SealedLog['samples']> {
  const tree = new HashTree(join(seals, 'tree.bin'), 'read')
  const samples: { text: string; proof: InclusionProof }[] = []
  let index = 0
  for await (const event of store.readStored!()) {
    const isLastOnes = index >= size - 3
    if (index < size && (index < 3 || isLastOnes || index % 997 === 0))
      samples.push({ text: leafText(event), proof: proofFrom(tree, index, size) })
    index += 1
  }
  tree.close()
  return samples
}

async function attackLog(
  folder: string,
  { path, seals, last, attacks, seed, report }: SealedLog & { attacks: number; seed: number; report: Report },
): Promise<Figures> {
  const chance = chanceOf(seed + 1)
  const copy = join(folder, 'copy.db')
  for (let round = 0; round < attacks; round += 1) {
    copyFileSync(path, copy)
    const { what, position } = attack(copy, last.size, chance)
    const store = await openStore(copy, { clock, mode: 'inspect' })
    const { ok, firstBad } = await verifyLog(store, { folder: seals })
    await store.close()
    const found = firstBad?.position == null ? 0 : Number(firstBad.position)
    if (ok || (position !== null && found !== position))
      throw new Error(
        `attack ${round} (${what}) was ${ok ? 'not found' : `named ${found}: ${firstBad?.message}`}`,
      )
    if ((round + 1) % 50 === 0) report(`${round + 1} attacks, all found and named`)
  }
  return { attacks, found: attacks }
}

/** Proofs with one thing altered: the event, a number, a hash, their order or their count. */
function mutateProofs(
  { samples, last }: SealedLog,
  { count, seed, report }: { count: number; seed: number; report: Report },
): Figures {
  const chance = chanceOf(seed + 2)
  let accepted = 0
  let unreadable = 0
  for (const { text, proof } of samples)
    if (!provesInclusion(text, proof, last))
      throw new Error(`a good proof was refused: ${JSON.stringify(proof)}`)
  for (let round = 0; round < count; round += 1) {
    const { text, proof } = samples[Math.floor(chance() * samples.length)]!
    const changed = mutated(text, JSON.stringify(proof), chance)
    const same = changed.text === text && isSame(changed.proof, proof)
    try {
      if (!same && provesInclusion(changed.text, parseProof(changed.proof), last)) accepted += 1
    } catch {
      unreadable += 1
    }
    if ((round + 1) % 100_000 === 0) report(`${round + 1} altered proofs, ${accepted} accepted`)
  }
  if (accepted > 0) throw new Error(`${accepted} altered proofs were accepted`)
  return { proofs: count, accepted, unreadable }
}

function mutated(text: string, proof: string, chance: () => number): { text: string; proof: string } {
  const what = chance()
  if (what < 0.2) return { text: withByte(text, chance), proof }
  if (what < 0.6) return { text, proof: withByte(proof, chance) }
  const parts = JSON.parse(proof) as { index: number; size: number; path: string[] }
  const at = Math.floor(chance() * parts.path.length)
  if (what < 0.7) parts.index += Math.floor(chance() * 7) - 3
  else if (what < 0.75) parts.size += Math.floor(chance() * 7) - 3
  else if (what < 0.85) parts.path.splice(at, 1)
  else if (what < 0.92) parts.path.splice(at, 0, parts.path[Math.floor(chance() * parts.path.length)]!)
  else parts.path.reverse()
  return { text, proof: JSON.stringify(parts) }
}

function withByte(text: string, chance: () => number): string {
  const at = Math.floor(chance() * text.length)
  return text.slice(0, at) + String.fromCharCode(32 + Math.floor(chance() * 95)) + text.slice(at + 1)
}

/** Whether the text says the same: JSON may be spelled in more than one way. */
function isSame(text: string, proof: InclusionProof): boolean {
  try {
    return JSON.stringify(parseProof(text)) === JSON.stringify(proof)
  } catch {
    return false
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { seed: { type: 'string' }, scale: { type: 'string' } } })
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9))
  const figures = await soak.run({
    seed,
    scale: Number(values.scale ?? 1),
    report: (line) => console.log(line),
  })
  console.log(JSON.stringify({ seed, ...figures }))
}
