import { limits } from '../kernel/limits.ts'
import { type AgentName, agentKey } from '../kernel/words.ts'
import type { Candidate, Excluded } from './events.ts'
import { admitted } from './routing/admission.ts'
import { type Asked, decided, nameOf, nobody, type RoutingDecision } from './routing/decision.ts'
import { becauseOf, quoted, rounded } from './routing/evidence.ts'
import { type Features, featuresOf, scoreOf } from './routing/features.ts'
import type { RoutingKnowledge, RoutingQuestion } from './routing/knowledge.ts'
import { compareNames, nearestNames } from './routing/names.ts'
import { patternsPolicy, type RoutingPolicy } from './routing/policy.ts'
import { type PreparedKnowledge, prepare } from './routing/prepared.ts'
import { type Coverage, coverageOf } from './routing/resemblance.ts'
import { termsOf } from './routing/terms.ts'

export type { RoutingDecision } from './routing/decision.ts'
export type { RoutingQuestion } from './routing/knowledge.ts'

/**
 * Decides who gets a piece of work, from what agents declare and record about working together, and says why.
 * Never the sender, one that has had the work already (`chain`), a retired agent or one outside the roster;
 * nobody rather than a guess. Pure: the same question, knowledge and policy give the same decision, ties go by
 * name. `knowledge` is prepared on its first use and must not change afterwards.
 */
export function route(
  question: RoutingQuestion,
  knowledge: RoutingKnowledge,
  policy: RoutingPolicy = patternsPolicy,
): RoutingDecision {
  return routePrepared(question, prepare(knowledge), policy)
}

/** `route` with knowledge that was prepared before: for measuring, where edges are withheld from case to case. */
export function routePrepared(
  question: RoutingQuestion,
  prepared: PreparedKnowledge,
  policy: RoutingPolicy,
): RoutingDecision {
  const need = termsOf(question.need)
  const asked: Asked = { question, prepared, policy, need, ...admitted(question, prepared) }
  if (question.to !== undefined) return named(asked, question.to)
  if (asked.eligible.length === 0) {
    return nobody(
      asked,
      'no_candidates',
      'Nobody: no agent is left to choose from. Register one, or widen the roster.',
    )
  }
  if (need.words.length === 0) {
    return nobody(
      asked,
      'empty_need',
      `Nobody: the need ${quoted(question.need)} has no words to go by. Say what is needed, or name an agent.`,
    )
  }
  return ranked(asked)
}

function ranked(asked: Asked): RoutingDecision {
  const { prepared, eligible } = asked
  const features = featuresOf(prepared, asked)
  const coverage = coverageOf(asked)
  const order = inOrder(asked, features)
  const best = winnerOf(order, likenesses(asked, features, coverage), asked.policy)
  const candidates = (from: readonly Scored[]) =>
    from.slice(0, limits.candidatesRecordedMax).map((one) => candidateOf(asked, features, one))
  const ranking = order.map((one) => nameOf(prepared, one.agent))
  if (best === undefined) {
    const decision = nobody(asked, 'resembles_nobody', unlike(coverage))
    return { ...decision, candidates: candidates(order), ranking }
  }
  const first = [best, ...order.filter((one) => one !== best)]
  const shown = candidates(first)
  const winner = shown[0]!
  const second = eligible.length > 1 ? first[1]!.score : 0
  return {
    ...decided(asked, best.agent),
    code: 'routed',
    reason: whyChosen(winner),
    confidence: rounded(best.score / (best.score + Math.min(second, best.score))),
    candidates: shown,
    ranking: first.map((one) => nameOf(prepared, one.agent)),
  }
}

interface Scored {
  readonly agent: number
  readonly score: number
}

function inOrder(asked: Asked, features: Features): Scored[] {
  return asked.eligible
    .map((agent) => ({ agent, score: rounded(scoreOf(features, asked.policy.weights, agent)) }))
    .sort(
      (one, other) =>
        other.score - one.score ||
        compareNames(nameOf(asked.prepared, one.agent), nameOf(asked.prepared, other.agent)),
    )
}

/**
 * How much of the need each agent's texts cover; a partner whose note passed the gate covers it all, and so does
 * enough matched weight, however long the need.
 */
function likenesses(asked: Asked, features: Features, coverage: Coverage): Float64Array {
  const { weights, resemblanceMassMin } = asked.policy
  const { recorded_partner: recorded, declared_partner: declared } = features.values
  return coverage.share.map((share, agent) => {
    const partner = weights.recorded_partner * recorded[agent]! + weights.declared_partner * declared[agent]!
    return partner > 0 || coverage.mass[agent]! >= resemblanceMassMin ? 1 : share
  })
}

/** Somebody must resemble the need; then the best-ranked wins who is not wholly unlike it. */
function winnerOf(
  order: readonly Scored[],
  likeness: Float64Array,
  policy: RoutingPolicy,
): Scored | undefined {
  if (!order.some((one) => likeness[one.agent]! >= policy.resemblanceMin)) return undefined
  return order.find((one) => likeness[one.agent]! >= policy.chosenResemblanceMin)
}

function candidateOf(asked: Asked, features: Features, { agent, score }: Scored): Candidate {
  const { prepared, policy, need, sender } = asked
  return {
    agent: nameOf(prepared, agent),
    score,
    because: becauseOf({ prepared, features, weights: policy.weights, need, sender, agent }),
  }
}

function whyChosen(winner: Candidate): string {
  const because = winner.because.slice(0, 2).map(({ evidence }) => evidence)
  return `${winner.agent}, because ${because.join('; and ')}.`
}

function unlike(coverage: Coverage): string {
  const unknown = coverage.unknown.slice(0, 6).map(quoted).join(', ')
  const words =
    unknown === '' ? 'Its words are said by many, and mean no one.' : `No agent speaks of ${unknown}.`
  return `Nobody: no agent's name, description or notes resemble the need. ${words} Say more of what is needed, name an agent, or add one for this.`
}

function named(asked: Asked, to: AgentName): RoutingDecision {
  const { prepared, excluded } = asked
  const number = prepared.numbers.get(agentKey(to))
  const nearest = nearestNames(
    to,
    asked.eligible.map((agent) => nameOf(prepared, agent)).filter((name) => agentKey(name) !== agentKey(to)),
  )
  const suggestion =
    nearest.length === 0
      ? 'Name another agent, or none to let the router choose.'
      : `Did you mean ${nearest.map(quoted).join(' or ')}?`
  if (number === undefined)
    return nobody(asked, 'unknown_agent', `Nobody: there is no agent ${quoted(to)}. ${suggestion}`)
  const name = nameOf(prepared, number)
  const why = excluded.find((one) => one.agent === name)
  if (why !== undefined)
    return nobody(
      asked,
      'excluded_agent',
      `Nobody: ${name} was named, but ${exclusions[why.reason]}. ${suggestion}`,
    )
  const event = prepared.knowledge.agents[number]!.event
  return {
    ...decided(asked, number),
    code: 'named',
    reason: `${name}, because the sender named it.`,
    confidence: 1,
    candidates: [
      {
        agent: name,
        score: 1,
        because: [{ rule: 'named', value: 1, weight: 1, evidence: `the sender named ${quoted(to)}`, event }],
      },
    ],
    ranking: [name],
  }
}

const exclusions: Readonly<Record<Excluded['reason'], string>> = {
  sender: 'it is the sender itself',
  loop: 'it has had this work already, and it would go round in a circle',
  not_in_roster: 'it is not in the roster of this workflow',
  retired: 'it is retired',
  declined: 'it has declined this work',
}
