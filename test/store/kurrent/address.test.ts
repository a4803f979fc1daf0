import { expect, test } from 'vitest'
import { describeAddress, parseKurrentUrl } from '../../../src/store/kurrent/address.ts'

test.each([
  [
    'esdb://localhost?tls=false',
    { discovery: 'none', tls: false, hosts: [{ address: 'localhost', port: 2113 }] },
  ],
  [
    'kurrentdb://db.example:2114',
    { discovery: 'none', tls: true, hosts: [{ address: 'db.example', port: 2114 }] },
  ],
  ['esdb+discover://cluster.example', { discovery: 'dns', nodePreference: 'leader' }],
  [
    'kurrentdb+discover://cluster.example/?NodePreference=read-only-replica',
    { nodePreference: 'read_only_replica' },
  ],
  ['esdb://a:1,b:2,[::1]:3', { discovery: 'gossip', hosts: [{}, {}, { address: '[::1]', port: 3 }] }],
  ['esdb://admin:p%40ss:word@h', { credentials: { username: 'admin', password: 'p@ss:word' } }],
  ['kurrentdb://h?daybookProject=acme.notes', { project: 'acme.notes' }],
  ['esdb://h?tlsVerifyCert=false&defaultDeadline=5', { tlsVerify: false, project: 'daybook' }],
])('%s is understood', (url, expected) => {
  expect(parseKurrentUrl(url)).toMatchObject(expected)
})

test.each([
  'http://h',
  'esdb://',
  'esdb://u:secret@h:99999',
  'esdb://u:secret@h?tls=maybe',
  'esdb://u:secret@h?colour=red',
  'esdb://u:secret@h?daybookProject=a/b',
  'esdb://u:secret@h?userCertFile=x',
  'esdb://u:secret%@h',
])('%s is refused as wrong usage, without the password', (url) => {
  let refused: unknown
  try {
    parseKurrentUrl(url)
  } catch (error) {
    refused = error
  }
  expect(refused).toMatchObject({ code: 'usage' })
  expect((refused as Error).message).not.toContain('secret')
})

test('a description names hosts and project, never the credentials', () => {
  const address = parseKurrentUrl('esdb+discover://admin:secret@h:1?tls=false')
  expect(describeAddress(address)).toBe('kurrentdb+discover://h:1 (project daybook)')
})
