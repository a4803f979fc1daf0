import { describe, expect, test } from 'vitest'
import type { Case, Target } from './case.ts'
import { judge } from './judge.ts'

/** One test for each case, under its hazard, all at one target. */
export function fireAll<At extends Target>(cases: readonly Case<At>[], target: () => At): void {
  for (const [hazard, all] of Map.groupBy(cases, (one) => one.hazard))
    describe(hazard, () => {
      for (const one of all) test(one.name, async () => expect(await judge(one, target())).toEqual([]))
    })
}

/** The same, with a target of its own for each. */
export function fireEach<At extends Target & { close(): void }>(
  cases: readonly Case<At>[],
  open: () => Promise<At>,
): void {
  for (const [hazard, all] of Map.groupBy(cases, (one) => one.hazard))
    describe(hazard, () => {
      for (const one of all)
        test(one.name, async () => {
          const target = await open()
          try {
            expect(await judge(one, target)).toEqual([])
          } finally {
            target.close()
          }
        })
    })
}
