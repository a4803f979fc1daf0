import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { expect } from 'vitest'

/**
 * Compares `actual` with the file `golden/<name>`. `UPDATE_GOLDEN=1` writes the file instead; a missing file
 * fails otherwise, so that a golden text is always one that somebody looked at.
 */
export function expectGolden(name: string, actual: string): void {
  const file = new URL(`golden/${name}`, import.meta.url)
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(new URL('golden/', import.meta.url), { recursive: true })
    writeFileSync(file, actual)
  }
  expect(
    existsSync(file),
    `golden/${name} is missing: run with UPDATE_GOLDEN=1 and read what it writes`,
  ).toBe(true)
  expect(actual).toBe(readFileSync(file, 'utf8'))
}
