import { describe, expect, test } from 'vitest'
import { projections } from '../../projections/index.ts'
import { project } from '../../src/kernel/projection.ts'
import { expectGolden } from './golden.ts'
import { story } from './story.ts'

describe('every projection says the same about the same story', () => {
  for (const projection of projections) {
    test(projection.name, () => {
      const states = project(projection, story())
      expect(states.size).toBeGreaterThan(0)
      for (const [key, state] of states) {
        expectGolden(`${projection.name}.${key}.md`, projection.render(state, key))
      }
    })
  }
})

describe('a rehearsal is called one', () => {
  // A document is rendered as its exact bytes; what shows it says that it was rehearsed.
  for (const projection of projections.filter((one) => one.name !== 'insights')) {
    test(projection.name, () => {
      for (const [key, state] of project(projection, story({ rehearsal: true }))) {
        expect(projection.render(state, key)).toMatch(/rehearsal/iu)
      }
      for (const [key, state] of project(projection, story())) {
        expect(projection.render(state, key)).not.toMatch(/rehearsal/iu)
      }
    })
  }
})
