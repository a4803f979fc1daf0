import { StoreError, type StreamHead } from '../port.ts'
import type { Link } from './link.ts'
import { answers } from './reading.ts'
import * as requests from './requests.ts'
import { revisionOf } from './wire.ts'

/**
 * The last revision of a stream, also when all of it is truncated: the server ends a stream's read with it.
 *
 * @param stream with the project's prefix.
 */
export async function readHead(
  link: Link,
  about: Parameters<typeof answers>[1],
  stream: string,
): Promise<StreamHead> {
  const request = requests.streamRead(stream, { direction: 'backwards', count: 1 })
  let revision: string | undefined
  try {
    for await (const page of answers(link, about, request)) {
      for (const answer of page) {
        revision ??= answer.getEvent()?.getEvent()?.getStreamRevision()
        if (answer.hasLastStreamPosition()) revision = answer.getLastStreamPosition()
      }
    }
  } catch (error) {
    if (error instanceof StoreError && error.code === 'stream_deleted') return { state: 'deleted' }
    throw error
  }
  return revision === undefined ? { state: 'none' } : { state: 'live', revision: revisionOf(revision) }
}
