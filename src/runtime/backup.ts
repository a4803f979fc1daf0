import { createHash } from 'node:crypto'
import {
  copyFileSync,
  cpSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { DaybookError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { Digest, Instant } from '../kernel/words.ts'
import { copyDatabase } from '../store/sqlite/copy-database.ts'
import { inUse } from '../store/sqlite/in-use.ts'
import { sealingIn } from './seals/sealing.ts'

const Manifest = z.strictObject({
  format: z.literal('daybook-backup-v1'),
  at: Instant,
  /** Of `log.db`. */
  bytes: z.int().positive(),
  digest: Digest,
})
type Manifest = z.infer<typeof Manifest>

export interface Places {
  /** The log's file. */
  readonly log: string
  /** Where seals are kept. */
  readonly seals: string
}

export interface BackedUp {
  readonly folder: string
  readonly bytes: number
  readonly digest: string
}

/**
 * Copies a log, while it is in use, with its seals and public keys into a new folder. The private key stays where it
 * is: who has a backup cannot sign.
 */
export async function backUp(
  { log, seals }: Places,
  {
    folder,
    at,
    onProgress,
  }: { readonly folder: string; readonly at: string; readonly onProgress?: (share: number) => void },
): Promise<BackedUp> {
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new DaybookError('usage', `${folder} is not empty: name a new folder.`)
  const part = `${folder}.part`
  rmSync(part, { recursive: true, force: true })
  mkdirSync(part, { recursive: true })
  try {
    // Before the log: seals that reach further than the copy would look like a tail that was cut off.
    copySeals(seals, join(part, 'seals'))
    await copyDatabase(log, join(part, 'log.db'), onProgress)
    const { digest, bytes } = await digestOfFile(join(part, 'log.db'))
    const manifest: Manifest = { format: 'daybook-backup-v1', at, bytes, digest }
    writeFileSync(join(part, 'manifest.json'), `${JSON.stringify(manifest)}\n`)
    rmSync(folder, { recursive: true, force: true })
    renameSync(part, folder)
    return { folder, bytes, digest }
  } catch (error) {
    rmSync(part, { recursive: true, force: true })
    throw error
  }
}

export interface Restored {
  readonly log: string
  readonly bytes: number
  /** Of the backup. */
  readonly at: string
  /** Where what stood there before is now; empty when nothing did. */
  readonly aside: readonly string[]
}

/**
 * Puts a backup in its place. Nothing is overwritten: with `replace`, what stands there is moved aside; without it,
 * a log that is there is a refusal. Nobody may have the log open: where that can be seen it is a refusal, too.
 */
export async function restoreBackup(
  { log, seals }: Places,
  {
    folder,
    replace,
    suffix,
  }: { readonly folder: string; readonly replace: 'refuse' | 'aside'; readonly suffix: string },
): Promise<Restored> {
  const manifest = readManifest(folder)
  const copy = join(folder, 'log.db')
  const found = await digestOfFile(copy)
  if (found.digest !== manifest.digest)
    throw new DaybookError(
      'damaged',
      `${copy} is not what was backed up: its digest differs. Nothing was changed.`,
    )
  if (existsSync(log) && replace === 'refuse')
    throw new DaybookError('usage', `${log} is there. Move it away, or add --replace, which moves it aside.`)
  if (existsSync(log) && inUse(log) === 'yes')
    throw new DaybookError(
      'unavailable',
      `Another process has ${log} open, such as "daybook serve", "worker" or "mcp": stop it first. Nothing was changed.`,
    )
  const { book, tree } = sealingIn(seals)
  const standing = [log, `${log}-wal`, `${log}-shm`, book, tree].filter((path) => existsSync(path))
  const aside = standing.map((path) => `${path}.${suffix}`)
  for (const [index, path] of standing.entries()) renameSync(path, aside[index]!)
  mkdirSync(dirname(log), { recursive: true })
  copyFileSync(copy, `${log}.part`)
  copySeals(join(folder, 'seals'), seals)
  renameSync(`${log}.part`, log)
  return { log, bytes: manifest.bytes, at: manifest.at, aside }
}

/** Seals and public keys, without the private key and without the tree, which is made again. */
function copySeals(from: string, to: string): void {
  const { book } = sealingIn(from)
  if (existsSync(book)) {
    mkdirSync(to, { recursive: true })
    copyFileSync(book, sealingIn(to).book)
  }
  if (existsSync(join(from, 'keys'))) cpSync(join(from, 'keys'), join(to, 'keys'), { recursive: true })
}

function readManifest(folder: string): Manifest {
  const path = join(folder, 'manifest.json')
  if (!existsSync(path))
    throw new DaybookError(
      'not_found',
      `${folder} is no backup: it has no manifest.json. Make one with "daybook backup FOLDER".`,
    )
  try {
    if (statSync(path).size > limits.proofBytesMax) throw new Error('too large')
    return Manifest.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    throw new DaybookError('invalid', `${path} is no manifest of a backup.`, { cause })
  }
}

async function digestOfFile(path: string): Promise<{ digest: Digest; bytes: number }> {
  if (!existsSync(path)) throw new DaybookError('not_found', `${path} is not there.`)
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return { digest: `sha256:${hash.digest('hex')}`, bytes: statSync(path).size }
}
