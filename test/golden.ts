import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { expect } from 'vitest'

/**
 * Compares texts with the files in `golden/` beside a module. `UPDATE_GOLDEN=1` writes the file instead; a
 * missing file fails otherwise, so that a golden text is always one that somebody looked at.
 */
export function goldenBeside(module: string): (name: string, actual: string) => void {
  return (name, actual) => {
    const file = new URL(`golden/${name}`, module)
    if (process.env.UPDATE_GOLDEN === '1') {
      mkdirSync(new URL('golden/', module), { recursive: true })
      writeFileSync(file, actual)
    }
    expect(
      existsSync(file),
      `golden/${name} is missing: run with UPDATE_GOLDEN=1 and read what it writes`,
    ).toBe(true)
    expect(actual).toBe(readFileSync(file, 'utf8'))
  }
}
