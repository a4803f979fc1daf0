import { TextDecoder } from 'node:util'
import { DaybookError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'

/** An encoded event, with every character escaped: more is no line of an export. */
const lineCharsMax = 8 * limits.eventBytesMax

/** The lines of a stream of UTF-8, without their ends. Rejects with `too_large` for a line without an end in sight. */
export async function* linesOf(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  let line = 1
  for await (const chunk of stream) {
    rest += typeof chunk === 'string' ? chunk : decode(decoder, chunk, line)
    const parts = rest.split('\n')
    rest = parts.pop() ?? ''
    line += parts.length
    yield* parts
    if (rest.length > lineCharsMax)
      throw new DaybookError('too_large', `Line ${line} has more than ${lineCharsMax} characters: no export.`)
  }
  if (rest !== '') yield rest
}

function decode(decoder: TextDecoder, chunk: Uint8Array, line: number): string {
  try {
    return decoder.decode(chunk, { stream: true })
  } catch (cause) {
    throw new DaybookError('invalid', `After line ${line}: not UTF-8, so this is no export.`, { cause })
  }
}

/** All that comes, as one text. Throws `too_large` as soon as it is more than that, so that it need not end. */
export async function boundedText(
  stream: AsyncIterable<Uint8Array | string>,
  { name, charsMax }: { readonly name: string; readonly charsMax: number },
): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of stream) {
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
    if (text.length > charsMax)
      throw new DaybookError('too_large', `${name} has more than ${charsMax} characters: shorten it.`)
  }
  return text + decoder.decode()
}
