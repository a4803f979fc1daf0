import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A check of evidence by HOW-TO-CHECK.md alone: it shares no code with Daybook, only the words of that page.
 * Gives the number of events; throws where a step fails.
 */
export function checkAsStranger(folder: string): number {
  const file = (name: string) => readFileSync(join(folder, name))
  const sha = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest()
  const seal = JSON.parse(file('seal.json').toString())
  const key = createPublicKey(file('key.pem'))
  const id = sha(key.export({ type: 'spki', format: 'der' }))
    .toString('hex')
    .slice(0, 32)
  if (seal.keyId !== `ed25519:${id}`) throw new Error('key')
  const { keyId, previous, root, size, through } = seal
  const signed = `daybook-seal-v1\n${JSON.stringify({ keyId, previous, root, size, through })}`
  if (!verify(null, Buffer.from(signed), key, Buffer.from(seal.signature, 'base64')))
    throw new Error('signature')
  const manifest = JSON.parse(file('manifest.json').toString())
  const order = ['keyId', 'previous', 'root', 'signature', 'size', 'through']
  const whole = JSON.stringify(Object.fromEntries(order.map((name) => [name, seal[name]])))
  if (manifest.seal !== `sha256:${sha(Buffer.from(whole)).toString('hex')}`)
    throw new Error('seal of manifest')
  const { digest, events, workflow } = manifest
  const stated = `daybook-evidence-v2\n${JSON.stringify({ digest, events, seal: manifest.seal, workflow })}`
  if (manifest.signature === null) throw new Error('nobody signed that these are all')
  if (!verify(null, Buffer.from(stated), key, Buffer.from(manifest.signature, 'base64')))
    throw new Error('signature of manifest')
  const lines = file('events.jsonl').toString().trimEnd().split('\n')
  const proofs = file('proofs.jsonl').toString().trimEnd().split('\n')
  for (const [number, line] of lines.entries()) {
    const proof = JSON.parse(proofs[number]!) as { index: number; size: number; path: string[] }
    let hash = sha(Buffer.from([0]), Buffer.from(line))
    if (proof.size !== size || proof.index >= size) throw new Error(`size ${number}`)
    let place = proof.index
    let last = proof.size - 1
    for (const each of proof.path) {
      const p = Buffer.from(each, 'base64')
      if (last === 0) throw new Error(`path ${number}`)
      if (place % 2 === 1 || place === last) {
        hash = sha(Buffer.from([1]), p, hash)
        while (place % 2 === 0 && place !== 0) {
          place = Math.floor(place / 2)
          last = Math.floor(last / 2)
        }
      } else hash = sha(Buffer.from([1]), hash, p)
      place = Math.floor(place / 2)
      last = Math.floor(last / 2)
    }
    if (last !== 0 || `sha256:${hash.toString('hex')}` !== root) throw new Error(`root ${number}`)
  }
  if (manifest.events !== lines.length) throw new Error('manifest')
  if (manifest.digest !== `sha256:${sha(file('events.jsonl')).toString('hex')}`) throw new Error('manifest')
  return lines.length
}
