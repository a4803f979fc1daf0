import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Case } from './case.ts'
import { allCases } from './cases/all.ts'
import { doesNotExist, hazards, type Surface } from './hazards.ts'

const surfaces = Object.keys(hazards) as Surface[]
const casesOf = (surface: Surface) => allCases.filter((one) => one.surface === surface)

/** Case names by hazard: the list that the suite is. */
const map = new Map(
  surfaces.map((surface) => [
    surface,
    new Map(hazards[surface].map((hazard) => [hazard as string, named(casesOf(surface), hazard)])),
  ]),
)

function named(cases: readonly Pick<Case, 'hazard' | 'name'>[], hazard: string): string[] {
  return cases.filter((one) => one.hazard === hazard).map(({ name }) => name)
}

test('every hazard has a case, and no case is of another', () => {
  const empty = [...map].flatMap(([surface, own]) =>
    [...own].flatMap(([hazard, names]) => (names.length === 0 ? [`${surface}: ${hazard}`] : [])),
  )
  expect(empty).toEqual([])
  for (const { surface, hazard, name } of allCases)
    expect(map.get(surface)?.get(hazard), name).toContain(name)
})

test('what there is nothing to fire at is counted beside, and has no case', () => {
  expect(doesNotExist.map(({ hazard }) => hazard)).toEqual(['cross-tenant ids'])
  for (const { surface, hazard, why } of doesNotExist) {
    expect(hazards[surface]).not.toContain(hazard)
    expect(why.length).toBeGreaterThan(20)
  }
})

test('no two cases of a hazard have one name', () => {
  for (const [surface, own] of map)
    for (const [hazard, names] of own) expect(new Set(names).size, `${surface}: ${hazard}`).toBe(names.length)
})

test('the documentation has the counts', () => {
  const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8')
  const rows = surfaces.map((surface) => [surface, hazards[surface].length, casesOf(surface).length] as const)
  for (const [surface, kinds, cases] of rows) {
    const missing = doesNotExist.filter((one) => one.surface === surface).length
    const row = `| ${surface} | ${kinds} | ${cases} | ${missing} |`
    expect(page).toContain(row)
  }
})
