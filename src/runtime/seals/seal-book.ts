import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { DaybookError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import { EventId } from '../../kernel/words.ts'
import { Seal } from './seal.ts'

/** A seal as it is kept outside the store, with where the log was then. */
const SealLine = z.strictObject({
  seal: Seal,
  /** The LogSealed event. */
  event: EventId,
  /** The sealed log's last event; its position belongs to one store and is no part of what is sealed. */
  last: z.strictObject({
    event: EventId,
    position: z.string().max(40),
    stream: z.string().max(limits.streamNameCharsMax),
    revision: z.int().nonnegative(),
  }),
})
export type SealLine = z.infer<typeof SealLine>

/** The seals in a file of their own, one a line, oldest first: what tells that the log was cut off. */
export class SealBook {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** Rejects with `damaged`, naming the line, for a line that is no seal. A last line that was cut off is left out. */
  read(): SealLine[] {
    if (!existsSync(this.path)) return []
    if (statSync(this.path).size > limits.sealBookBytesMax)
      throw new DaybookError('too_large', `${this.path}: larger than ${limits.sealBookBytesMax} bytes.`)
    const lines = readFileSync(this.path, 'utf8').split('\n')
    // What follows the last line feed is a line that a crash cut off; its event is in the log, and comes again.
    const whole = lines.slice(0, -1).map((line, index) => this.#parse(line, index + 1))
    const known = new Set<string>()
    return whole.filter(({ event }) => !known.has(event) && known.add(event))
  }

  /** Durable when it returns. */
  append(line: SealLine): void {
    mkdirSync(dirname(this.path), { recursive: true })
    dropCutLine(this.path)
    const file = openSync(this.path, 'a', 0o600)
    try {
      writeSync(file, `${JSON.stringify(line)}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  }

  #parse(text: string, line: number): SealLine {
    try {
      return SealLine.parse(JSON.parse(text))
    } catch (cause) {
      throw new DaybookError('damaged', `${this.path}: line ${line} is no seal.`, {
        cause,
        details: { line },
      })
    }
  }
}

/** A crash may have cut the last line off. */
function dropCutLine(path: string): void {
  if (!existsSync(path)) return
  const text = readFileSync(path)
  const end = text.lastIndexOf('\n') + 1
  if (end < text.length) truncateSync(path, end)
}
