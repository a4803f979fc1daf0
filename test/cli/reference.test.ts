import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { reference, referencePath } from '../../scripts/cli-reference.ts'

test('docs/cli.md is what the program says: node scripts/cli-reference.ts writes it', async () => {
  expect(await readFile(referencePath, 'utf8')).toBe(reference())
})
