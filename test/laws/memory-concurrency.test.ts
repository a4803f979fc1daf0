import { expect, test } from 'vitest'
import { run } from '../soak/memory-people.ts'

const seed = Number(process.env.DAYBOOK_SEED ?? Date.now() % 2 ** 31)

test('50 agents that write at once, and a person at the file: nothing is lost, nothing forged', {
  timeout: 90_000,
}, async () => {
  const figures = await run({ seed, agents: 50, writes: 6, report: () => undefined }).catch(
    (error: Error) => {
      throw new Error(`seed ${seed}: ${error.message}`, { cause: error })
    },
  )
  console.log(`seed ${seed}: ${JSON.stringify(figures)}`)
  expect(figures).toMatchObject({ agents: 50, writes: 300, refused: expect.any(Number) })
  expect(figures.refused).toBeGreaterThan(20)
  expect(figures.saves).toBeGreaterThan(0)
})
