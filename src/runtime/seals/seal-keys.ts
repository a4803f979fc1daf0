import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DaybookError } from '../../kernel/errors.ts'
import { keyIdOf } from './seal.ts'

export interface SigningKey {
  readonly keyId: string
  readonly key: KeyObject
}

const privateFile = 'signing-key.pem'
const publicFolder = 'keys'

/** The key that seals are signed with here; null when there is none. */
export function ownSigningKey(folder: string): SigningKey | null {
  return existsSync(join(folder, privateFile)) ? signingKey(folder) : null
}

/** The key that seals are signed with here; made, readable for its owner only, when there is none. */
export function signingKey(folder: string): SigningKey {
  const path = join(folder, privateFile)
  if (!existsSync(path)) makeKey(folder, path)
  const key = readKey(path, createPrivateKey)
  const publicKey = createPublicKey(key)
  const keyId = keyIdOf(publicKey)
  const place = publicKeyPath(folder, keyId)
  if (!existsSync(place)) {
    mkdirSync(join(folder, publicFolder), { recursive: true })
    writeFileSync(place, publicKeyText(publicKey))
  }
  return { keyId, key }
}

/** Where the public key of a signing key is written. */
export function publicKeyPath(folder: string, keyId: string): string {
  return join(folder, publicFolder, `${keyId.replace(':', '-')}.pem`)
}

/** Keys whose seals are believed, by id. */
export function publicKeys(folder: string): Map<string, KeyObject> {
  const place = join(folder, publicFolder)
  if (!existsSync(place)) return new Map()
  const files = readdirSync(place).filter((name) => name.endsWith('.pem'))
  return new Map(files.map((name) => publicKeyIn(join(place, name))))
}

/** A public key in PEM with its id. Throws `invalid` for anything else. */
export function publicKeyIn(path: string): [keyId: string, key: KeyObject] {
  const key = readKey(path, createPublicKey)
  return [keyIdOf(key), key]
}

export function publicKeyText(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString()
}

/** Linked into place: of two processes that begin together, both use the key of one. */
function makeKey(folder: string, path: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const { privateKey } = generateKeyPairSync('ed25519')
  const mine = `${path}.${process.pid}`
  writeFileSync(mine, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  try {
    linkSync(mine, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    unlinkSync(mine)
  }
}

function readKey(path: string, read: (pem: string) => KeyObject): KeyObject {
  try {
    const key = read(readFileSync(path, 'utf8'))
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch (cause) {
    throw notAKey(path, cause)
  }
  throw notAKey(path)
}

function notAKey(path: string, cause?: unknown): DaybookError {
  return new DaybookError('invalid', `${path} is no Ed25519 key in PEM. Put the right file there.`, { cause })
}
