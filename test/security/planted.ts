import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Things that look like secrets, put together here so that no scanner finds one in this repository. */
export const planted: Readonly<Record<string, string>> = {
  'an Anthropic key': `sk-${'ant'}-api03-${'Zq7'.repeat(31)}AA`,
  'a short Anthropic key': `sk-${'ant'}-planted-0123456789abcdef`,
  'a private key': [
    `-----BEGIN ${'RSA'} PRIVATE KEY-----`,
    ...Array.from({ length: 6 }, (_, line) => `MIIEowIBAAKCAQEAplanted${line}`.padEnd(64, 'Qx')),
    `-----END ${'RSA'} PRIVATE KEY-----`,
  ].join('\n'),
  'a private key that was cut off': `-----BEGIN ${'EC'} PRIVATE KEY-----\n${'MHcCAQEEIplantedEc'.padEnd(64, 'Yz')}`,
  'a JWT': `eyJ${'hbGciOiJIUzI1NiJ9'}.eyJ${'zdWIiOiJwbGFudGVkIn0'}.${'cGxhbnRlZFNpZ25hdHVyZQ'}`,
  'a GitHub token': `ghp_${'aB3d'.repeat(9)}`,
  'an AWS access key': `AKIA${'PLANTED7QWERTY9Z'}`,
  'a password in an address': `postgres://daybook:${'pl4ntedPassw0rd'}@db.example.com:5432/prod`,
}

/** The part of each that nobody may find again. */
export const cores: readonly string[] = [
  'Zq7'.repeat(10),
  'planted-0123456789abcdef',
  'MIIEowIBAAKCAQEAplanted0',
  'MHcCAQEEIplantedEc',
  'zdWIiOiJwbGFudGVkIn0',
  'aB3d'.repeat(9),
  'PLANTED7QWERTY9Z',
  'pl4ntedPassw0rd',
]

export function coresIn(text: string): string[] {
  return cores.filter((core) => text.includes(core))
}

/** Files under a folder that hold one of them, but for those that a person wrote. */
export function filesWithSecrets(folder: string, own: readonly string[] = []): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && !own.includes(path))
    .flatMap((path) => coresIn(readFileSync(path, 'latin1')).map((core) => `${path}: ${core}`))
}
