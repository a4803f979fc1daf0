import { type Features, type Rule, rules } from './features.ts'
import type { RoutingWeights } from './policy.ts'

/** One labelled case: what the rules say of every agent, who may be chosen, and who would be right. */
export interface LabelledCase {
  readonly features: Features
  readonly eligible: readonly number[]
  readonly targets: readonly number[]
}

/** How strongly weights are held near zero (ridge): few cases must not give large weights. */
const ridge = 0.5
const iterationsMax = 12
const smallStep = 1e-4

/** Measured with the right partner's edge withheld, a partner rule would only be punished: these are set by hand. */
const setByHand: readonly Rule[] = ['recorded_partner', 'declared_partner']

/**
 * The weights under which the right agents are likeliest when scores are odds (conditional logit, by Newton's
 * method). Rules of weight 0 stay out; partner rules keep their weight. Cases without a right agent are skipped.
 * Pure and deterministic.
 */
export function fittedWeights(cases: readonly LabelledCase[], start: RoutingWeights): RoutingWeights {
  const fitted = rules.filter((rule) => start[rule] > 0 && !setByHand.includes(rule))
  const labelled = cases.filter(({ targets }) => targets.length > 0)
  let weights = start
  for (let iteration = 0; iteration < iterationsMax; iteration++) {
    const step = newtonStep(labelled, weights, fitted)
    const next: Record<Rule, number> = { ...weights }
    fitted.forEach((rule, at) => {
      next[rule] = Math.max(0, weights[rule] + step[at]!)
    })
    weights = next
    if (step.every((change) => Math.abs(change) < smallStep)) break
  }
  return weights
}

function newtonStep(
  cases: readonly LabelledCase[],
  weights: RoutingWeights,
  fitted: readonly Rule[],
): number[] {
  const gradient = fitted.map((rule) => -2 * ridge * weights[rule])
  const curvature = fitted.map((_, row) => fitted.map((__, column) => (row === column ? 2 * ridge : 0)))
  for (const one of cases) addCase(one, weights, { fitted, gradient, curvature })
  return solved(curvature, gradient)
}

interface Sums {
  readonly fitted: readonly Rule[]
  readonly gradient: number[]
  readonly curvature: number[][]
}

function addCase({ features, eligible, targets }: LabelledCase, weights: RoutingWeights, sums: Sums): void {
  const { fitted, gradient, curvature } = sums
  const shares = sharesOf(features, weights, eligible)
  const columns = fitted.map((rule) => features.values[rule])
  const means = columns.map((values) =>
    eligible.reduce((sum, agent, at) => sum + shares[at]! * values[agent]!, 0),
  )
  columns.forEach((values, row) => {
    const right = targets.reduce((sum, agent) => sum + values[agent]!, 0) / targets.length
    gradient[row]! += right - means[row]!
    for (let column = 0; column <= row; column++) {
      const other = columns[column]!
      let product = 0
      eligible.forEach((agent, at) => {
        product += shares[at]! * values[agent]! * other[agent]!
      })
      const covariance = product - means[row]! * means[column]!
      curvature[row]![column]! += covariance
      if (column !== row) curvature[column]![row]! += covariance
    }
  })
}

/** Scores as shares of one (softmax), in the order of `eligible`. */
function sharesOf(features: Features, weights: RoutingWeights, eligible: readonly number[]): number[] {
  const scores = eligible.map((agent) =>
    rules.reduce((sum, rule) => sum + weights[rule] * features.values[rule][agent]!, 0),
  )
  const most = scores.reduce((best, score) => Math.max(best, score), Number.NEGATIVE_INFINITY)
  const odds = scores.map((score) => Math.exp(score - most))
  const sum = odds.reduce((total, odd) => total + odd, 0)
  return odds.map((odd) => odd / sum)
}

/** Solves a symmetric positive system by elimination. */
function solved(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, at) => [...row, right[at]!])
  rows.forEach((pivot, at) => {
    for (const row of rows.slice(at + 1)) {
      const factor = row[at]! / pivot[at]!
      for (let column = at; column < row.length; column++) row[column]! -= factor * pivot[column]!
    }
  })
  const solution: number[] = new Array(rows.length).fill(0)
  for (let at = rows.length - 1; at >= 0; at--) {
    const known = solution.reduce(
      (sum, value, column) => sum + (column > at ? rows[at]![column]! * value : 0),
      0,
    )
    solution[at] = (rows[at]![rows.length]! - known) / rows[at]![at]!
  }
  return solution
}
