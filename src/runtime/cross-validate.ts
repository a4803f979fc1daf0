import { admitted } from '../handoffs/routing/admission.ts'
import type { Calibration } from '../handoffs/routing/calibration.ts'
import { featuresOf } from '../handoffs/routing/features.ts'
import { fittedWeights, type LabelledCase } from '../handoffs/routing/fit-weights.ts'
import { termsOf } from '../handoffs/routing/terms.ts'
import { agentKey } from '../kernel/words.ts'
import { answer, type Bench, type BenchCase, type BenchFigures, questionOf, summed } from './bench-answers.ts'

/** Figures of answers whose weights were fitted without any case of the same sender. */
export interface CrossValidated {
  /** Groups of senders that were left out in turn. */
  readonly folds: number
  readonly top1: number
  readonly top3: number
  readonly mrr: number
  readonly abstained: number
  readonly calibration: Calibration
  /** What the policy's own weights reach beyond that, on cases that they were found with. */
  readonly gap: { readonly top1: number; readonly top3: number; readonly mrr: number }
}

const foldsMax = 60
const foldsMin = 5

/**
 * Leaves each sender out in turn: fits the weights on the cases of all others, and answers this sender's with them.
 * Only weights are fitted; the parts of the rules, the caution and the weight of partners stay the policy's.
 * Null when there are fewer than five senders.
 */
export function crossValidated(bench: Bench, fitted: BenchFigures): CrossValidated | null {
  const folds = foldsOf(bench.cases.map(({ asked }) => asked))
  if (folds === null) return null
  const { policy } = bench
  const labelled = bench.cases.map((one) => labelledCase(one, policy))
  const all = fittedWeights(labelled, policy.weights)
  const answers = [...new Set(folds)].flatMap((fold) => {
    const others = labelled.filter((_, at) => folds[at] !== fold)
    const weights = fittedWeights(others, all)
    const left = bench.cases.filter((_, at) => folds[at] === fold)
    return left.map(({ asked, prepared }) => answer(asked, prepared, { ...policy, weights }))
  })
  const { top1, top3, mrr, abstained, calibration } = summed(answers)
  const gap = {
    top1: rounded(fitted.top1 - top1),
    top3: rounded(fitted.top3 - top3),
    mrr: rounded(fitted.mrr - mrr),
  }
  return { folds: new Set(folds).size, top1, top3, mrr, abstained, calibration, gap }
}

/** The fold of each case; a case without a sender stands alone. */
function foldsOf(cases: readonly BenchCase[]): number[] | null {
  const senders = cases.map(({ from }, at) => (from ? agentKey(from) : `case ${at}`))
  const distinct = [...new Set(senders)].sort()
  if (distinct.length < foldsMin) return null
  const places = new Map(distinct.map((sender, at) => [sender, at % foldsMax]))
  return senders.map((sender) => places.get(sender)!)
}

function labelledCase({ asked, prepared }: Bench['cases'][number], policy: Bench['policy']): LabelledCase {
  const { sender, eligible } = admitted(questionOf(asked), prepared)
  const features = featuresOf(prepared, { need: termsOf(asked.query), sender, eligible, policy })
  const targets = asked.targets.flatMap((name) => {
    const number = prepared.numbers.get(agentKey(name))
    return number === undefined || !eligible.includes(number) ? [] : [number]
  })
  return { features, eligible, targets }
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4
}
