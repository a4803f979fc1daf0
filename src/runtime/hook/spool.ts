import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DaybookError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import { withoutKnownSecrets } from '../secrets/own-rules.ts'
import type { HookCall } from './payload.ts'
import { shortName } from './places.ts'

/** A hook call that waits on disk to be recorded. */
export interface Waiting {
  /** Sorts by the time at which it came. */
  readonly name: string
  readonly file: string
  readonly call: HookCall
}

/**
 * Hook calls on disk, in the order in which they came: each is put here first and taken away when it is in the
 * log, so that a lock, a full disk or the end of the process loses none.
 */
export class Spool {
  readonly #folder: string
  readonly #reserve: string
  readonly #failed: string
  readonly #elsewhere: string

  /** @param dir Daybook's own folder of the project. */
  constructor(dir: string) {
    this.#folder = join(dir, 'hooks', 'waiting')
    this.#reserve = join(dir, 'hooks', 'reserve')
    this.#failed = join(dir, 'hooks', 'failed')
    this.#elsewhere = join(tmpdir(), `daybook-hooks-${process.getuid?.() ?? 0}-${shortName('spool', dir)}`)
  }

  /** Where it waits; on a full disk in a file that was held ready, or in the system's temporary folder. */
  put(call: HookCall, atMs: number): Waiting {
    const name = `${String(atMs).padStart(15, '0')}-${process.pid}-${Math.random().toString(36).slice(2, 10)}.json`
    // At once, by the rules that need no loading; the others look when it is carried out.
    const text = JSON.stringify(call, (_, value) =>
      typeof value === 'string' ? withoutKnownSecrets(value) : value,
    )
    for (const place of [this.#inOwnFolder, this.#inReserve, this.#inTemporary]) {
      const file = place.call(this, name, text)
      if (file !== null) return { name, file, call }
    }
    throw new DaybookError('disk_full', `${this.#folder}: the disk is full, and no reserve is left.`)
  }

  /** Everything that waits, the first first. What cannot be read is set aside. */
  all(): Waiting[] {
    const files = [this.#folder, this.#elsewhere].flatMap((folder) =>
      namesIn(folder)
        .filter((name) => name.endsWith('.json'))
        .map((name) => ({ name, file: join(folder, name) })),
    )
    return files
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .slice(0, limits.hooksWaitingMax)
      .flatMap((entry) => this.#read(entry))
  }

  count(): number {
    return [this.#folder, this.#elsewhere].flatMap(namesIn).filter((name) => name.endsWith('.json')).length
  }

  has({ file }: Waiting): boolean {
    return statSync(file, { throwIfNoEntry: false }) !== undefined
  }

  forget({ file }: Pick<Waiting, 'file'>): void {
    rmSync(file, { force: true })
  }

  /** Keeps what can never be recorded out of the way of the rest. */
  setAside({ name, file }: Pick<Waiting, 'name' | 'file'>): void {
    mkdirSync(this.#failed, { recursive: true })
    try {
      renameSync(file, join(this.#failed, name))
    } catch {
      writeFileSync(join(this.#failed, name), readFileSync(file))
      rmSync(file, { force: true })
    }
    const names = namesIn(this.#failed).sort()
    for (const old of names.slice(0, -limits.hooksFailedKept))
      rmSync(join(this.#failed, old), { force: true })
  }

  /** Holds files ready for the day when the disk is full. They take their room now. */
  fillReserve(): void {
    mkdirSync(this.#reserve, { recursive: true })
    const room = Buffer.alloc(limits.hookReserveBytes, 'held ready ')
    for (let index = 0; index < limits.hookReserveFiles; index += 1) {
      const file = join(this.#reserve, String(index))
      if (statSync(file, { throwIfNoEntry: false }) === undefined) writeFileSync(file, room)
    }
  }

  #inOwnFolder(name: string, text: string): string | null {
    const file = join(this.#folder, name)
    try {
      mkdirSync(this.#folder, { recursive: true })
      writeFileSync(`${file}.new`, text)
      renameSync(`${file}.new`, file)
      return file
    } catch {
      rmSync(`${file}.new`, { force: true })
      return null
    }
  }

  /** Written over a file that has its room on the disk already, and cut to its length. */
  #inReserve(name: string, text: string): string | null {
    const bytes = Buffer.from(text)
    if (bytes.length > limits.hookReserveBytes) return null
    for (const spare of namesIn(this.#reserve)) {
      const file = join(this.#folder, name)
      try {
        renameSync(join(this.#reserve, spare), `${file}.new`)
        overwrite(`${file}.new`, bytes)
        renameSync(`${file}.new`, file)
        return file
      } catch {
        rmSync(`${file}.new`, { force: true })
      }
    }
    return null
  }

  #inTemporary(name: string, text: string): string | null {
    const file = join(this.#elsewhere, name)
    try {
      mkdirSync(this.#elsewhere, { recursive: true, mode: 0o700 })
      // Anybody may make folders there: another's is not written to.
      if (statSync(this.#elsewhere).uid !== (process.getuid?.() ?? 0)) return null
      writeFileSync(file, text, { flag: 'wx', mode: 0o600 })
      return file
    } catch {
      return null
    }
  }

  #read({ name, file }: { name: string; file: string }): Waiting[] {
    try {
      return [{ name, file, call: JSON.parse(readFileSync(file, 'utf8')) as HookCall }]
    } catch (error) {
      // Another process took it meanwhile.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      this.setAside({ name, file })
      return []
    }
  }
}

function overwrite(file: string, bytes: Uint8Array): void {
  const opened = openSync(file, 'r+')
  try {
    writeSync(opened, bytes, 0, bytes.length, 0)
    ftruncateSync(opened, bytes.length)
  } finally {
    closeSync(opened)
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
