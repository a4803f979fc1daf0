import { expect, test } from 'vitest'
import { calibrationOf } from '../../../src/handoffs/routing/calibration.ts'
import { type Features, rules } from '../../../src/handoffs/routing/features.ts'
import { fittedWeights, type LabelledCase } from '../../../src/handoffs/routing/fit-weights.ts'
import { patternsPolicy } from '../../../src/handoffs/routing/policy.ts'

/** A case of three agents in which the first is right; only the named rules say anything. */
function labelled(values: Partial<Record<(typeof rules)[number], number[]>>, targets = [0]): LabelledCase {
  const nothing = [0, 0, 0]
  const all = Object.fromEntries(rules.map((rule) => [rule, Float64Array.from(values[rule] ?? nothing)]))
  return { features: { values: all } as unknown as Features, eligible: [0, 1, 2], targets }
}

test('a rule that points at the right agent gets weight, one that misleads gets none', () => {
  const cases = Array.from({ length: 30 }, () => labelled({ text: [1, 0.2, 0], popularity: [0, 1, 1] }))
  const weights = fittedWeights(cases, patternsPolicy.weights)
  expect(weights.text).toBeGreaterThan(1)
  expect(weights.popularity).toBe(0)
})

test('what cannot be fitted stays: the weight of partners, and rules of weight 0', () => {
  const start = { ...patternsPolicy.weights, kinship: 0 }
  const cases = Array.from({ length: 10 }, () =>
    labelled({ declared_partner: [0, 1, 0], kinship: [1, 0, 0] }),
  )
  const weights = fittedWeights(cases, start)
  expect(weights.declared_partner).toBe(start.declared_partner)
  expect(weights.recorded_partner).toBe(start.recorded_partner)
  expect(weights.kinship).toBe(0)
})

test('the same cases give the same weights, and cases without a right agent change nothing', () => {
  const cases = [labelled({ text: [1, 0, 0] }), labelled({ anchor: [0.5, 0.4, 0] })]
  const weights = fittedWeights(cases, patternsPolicy.weights)
  expect(fittedWeights([...cases, labelled({ text: [0, 1, 0] }, [])], patternsPolicy.weights)).toEqual(
    weights,
  )
})

test('calibration is the distance of what was claimed from what was right', () => {
  const choices = (confidence: number, right: number, of: number) =>
    Array.from({ length: of }, (_, at) => ({ confidence, right: at < right }))
  const { ece, bins } = calibrationOf([...choices(0.9, 7, 10), ...choices(0.3, 3, 10)])
  expect(bins).toEqual([
    { from: 0.2, to: 0.4, n: 10, confidence: 0.3, right: 0.3 },
    { from: 0.8, to: 1, n: 10, confidence: 0.9, right: 0.7 },
  ])
  expect(ece).toBeCloseTo(0.1, 4)
  expect(calibrationOf([])).toEqual({ ece: 0, bins: [] })
})
