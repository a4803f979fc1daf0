import { performance } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { findSecrets } from '../../src/runtime/secrets/find-secrets.ts'
import { planted } from '../security/planted.ts'

const key = planted['a short Anthropic key']!

test('looking for secrets leaves no marks behind, however often it is done', async () => {
  const entries = () =>
    performance.getEntriesByType('mark').length + performance.getEntriesByType('measure').length
  await findSecrets(key)
  const before = entries()
  for (let text = 0; text < 20; text += 1) await findSecrets(`${key} of door ${text}`)
  expect(entries()).toBe(before)
})
