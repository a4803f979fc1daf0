import { refusal } from '../../kernel/errors.ts'
import type { Position, RecordedEvent } from '../../kernel/event.ts'
import type { EventStore } from '../../store/port.ts'
import { HashTree } from './hash-tree.ts'
import { leafText } from './leaf.ts'
import { type InclusionProof, proofFrom } from './proof.ts'
import type { Seal } from './seal.ts'
import { SealBook, type SealLine } from './seal-book.ts'
import { publicKeys, publicKeyText } from './seal-keys.ts'
import { storedEvents } from './sealed-log.ts'
import { sealingIn } from './sealing.ts'

export interface EventProof {
  readonly event: string
  /** The canonical event, whose hash the proof begins with. */
  readonly leaf: string
  readonly proof: InclusionProof
  readonly seal: Seal
  /** PEM. */
  readonly publicKey: string
}

/**
 * Proves by the last seal that an event is in the log. Costs what lies between the event and the seal before it.
 * Refused as `not_sealed` for an event that no seal covers yet, or whose seal's key or tree is not here.
 */
export async function proveEvent(
  store: EventStore,
  { folder, event }: { readonly folder: string; readonly event: Pick<RecordedEvent, 'id' | 'position'> },
): Promise<EventProof> {
  const seals = new SealBook(sealingIn(folder).book).read()
  const last = seals.at(-1)
  if (last === undefined || last.last.position < event.position) throw notSealed(event.id)
  const { index, leaf } = await placeOf(store, event, seals)
  const key = publicKeys(folder).get(last.seal.keyId)
  const tree = new HashTree(sealingIn(folder).tree, 'read')
  try {
    if (key === undefined || tree.size < last.seal.size) throw notSealed(event.id)
    const proof = proofFrom(tree, index, last.seal.size)
    return { event: event.id, leaf, proof, seal: last.seal, publicKey: publicKeyText(key) }
  } finally {
    tree.close()
  }
}

/** Counted from the last seal before it. */
async function placeOf(
  store: EventStore,
  event: Pick<RecordedEvent, 'id' | 'position'>,
  seals: readonly SealLine[],
): Promise<{ index: number; leaf: string }> {
  const before = seals.findLast(({ last }) => last.position < event.position)
  const from = before === undefined ? ('start' as const) : { after: before.last.position as Position }
  let index = before?.seal.size ?? 0
  for await (const stored of storedEvents(store, { from })) {
    if (stored.id === event.id) return { index, leaf: leafText(stored) }
    index += 1
  }
  throw notSealed(event.id)
}

function notSealed(event: string) {
  const message = `No seal that is kept here covers event ${event} yet. A server seals by itself within a minute; "daybook seal" does it now.`
  return refusal({ code: 'not_sealed', message })
}
