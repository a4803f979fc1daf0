import { v7 } from 'uuid'
import { limits } from '../../kernel/limits.ts'
import { type Call, StoreError } from '../port.ts'
import { append } from './append.ts'
import type { Attempt } from './failure.ts'
import type { Link } from './link.ts'
import { answers } from './reading.ts'
import * as requests from './requests.ts'
import { revisionOf } from './wire.ts'

/** The server's own name for "truncate before", in a stream's metadata. */
const truncateBeforeKey = '$tb'

interface StreamMetadata {
  readonly revision: number | 'no_stream'
  readonly content: Readonly<Record<string, unknown>>
}

/**
 * Hides what is before `revision`; never shows again what an earlier call hid, and leaves everything else in
 * the stream's metadata (access rights, for example) as it is.
 *
 * @param stream with the project's prefix.
 */
export async function truncateBefore(
  link: Link,
  about: { readonly call: Call; readonly attempt: Attempt },
  { stream, revision }: { readonly stream: string; readonly revision: number },
): Promise<void> {
  const metastream = `$$${stream}`
  for (let attempt = 1; ; attempt += 1) {
    const { content, revision: expected } = await readMetadata(link, about, metastream)
    const hidden = content[truncateBeforeKey]
    if (typeof hidden === 'number' && hidden >= revision) return
    const data = Buffer.from(JSON.stringify({ ...content, [truncateBeforeKey]: revision }))
    const event = { id: v7(), type: '$metadata', data, metadata: new Uint8Array() }
    try {
      await append(link, { ...about, stream: metastream, events: [event], expected })
      return
    } catch (error) {
      const overtaken = error instanceof StoreError && error.code === 'wrong_expected'
      if (!overtaken || attempt === limits.optimisticRetriesMax) throw error
    }
  }
}

async function readMetadata(
  link: Link,
  about: { readonly call: Call; readonly attempt: Attempt },
  metastream: string,
): Promise<StreamMetadata> {
  const request = requests.streamRead(metastream, { direction: 'backwards', count: 1 })
  const waiting = () => about.call.timeoutMs ?? limits.storeTimeoutMs
  const reading = { ...about, attempt: { ...about.attempt, verb: 'read' } as const, waiting }
  for await (const page of answers(link, reading, request)) {
    for (const answer of page) {
      const event = answer.getEvent()?.getEvent()
      if (event !== undefined)
        return { revision: revisionOf(event.getStreamRevision()), content: objectOf(event.getData_asU8()) }
    }
  }
  return { revision: 'no_stream', content: {} }
}

function objectOf(bytes: Uint8Array): Record<string, unknown> {
  const content = JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown
  return typeof content === 'object' && content !== null ? (content as Record<string, unknown>) : {}
}
