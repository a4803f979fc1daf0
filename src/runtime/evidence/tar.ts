import { DaybookError } from '../../kernel/errors.ts'

/** Folders of files as one stream, in the ustar format of POSIX.1-1988: plain files with short names, nothing else. */

export interface TarFile {
  /** Without folders. */
  readonly name: string
  readonly bytes: Uint8Array
}

const block = 512
const encoder = new TextEncoder()

/** The stream, file by file. `files` is asked for the next one when the last one was taken. */
export async function* tarOf(files: AsyncIterable<TarFile>): AsyncGenerator<Uint8Array> {
  for await (const { name, bytes } of files) {
    yield header(name, bytes.length)
    yield bytes
    yield new Uint8Array((block - (bytes.length % block)) % block)
  }
  yield new Uint8Array(2 * block)
}

/** The files of such a stream. Throws `invalid` for what is none, for a damaged one, and for names with folders. */
export function filesOfTar(tar: Uint8Array): TarFile[] {
  const files: TarFile[] = []
  for (let at = 0; at + block <= tar.length; ) {
    const head = tar.subarray(at, at + block)
    if (head.every((byte) => byte === 0)) return files
    const { name, length } = readHeader(head)
    const from = at + block
    if (from + length > tar.length) throw broken('it ends within a file')
    files.push({ name, bytes: tar.subarray(from, from + length) })
    at = from + Math.ceil(length / block) * block
  }
  throw broken('it has no end')
}

function header(name: string, length: number): Uint8Array {
  const head = new Uint8Array(block)
  const put = (text: string, at: number) => head.set(encoder.encode(text), at)
  put(name, 0)
  put('0000644\0', 100)
  put('0000000\0', 108)
  put('0000000\0', 116)
  put(`${length.toString(8).padStart(11, '0')}\0`, 124)
  // When it was made is not said: the same evidence, the same bytes.
  put(`${'0'.repeat(11)}\0`, 136)
  put('0', 156)
  put('ustar\x0000', 257)
  put(`${sumOf(head).toString(8).padStart(6, '0')}\0 `, 148)
  return head
}

function readHeader(head: Uint8Array): { name: string; length: number } {
  const text = (from: number, length: number) =>
    new TextDecoder().decode(head.subarray(from, from + length)).replace(/\0[\s\S]*$/u, '')
  const name = text(0, 100)
  if (text(257, 5) !== 'ustar' || Number.parseInt(text(148, 6), 8) !== sumOf(head))
    throw broken('its header is wrong')
  if (head[156] !== 0x30 || !/^[A-Za-z0-9][A-Za-z0-9.-]*$/u.test(name))
    throw broken(`it holds ${JSON.stringify(name)}, which is no plain file`)
  return { name, length: Number.parseInt(text(124, 11), 8) }
}

/** Of all bytes, those of the sum itself taken for blanks. */
function sumOf(head: Uint8Array): number {
  return head.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0)
}

function broken(why: string): DaybookError {
  return new DaybookError('invalid', `This is no whole tar archive of plain files: ${why}.`)
}
