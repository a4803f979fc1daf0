import { limits } from '../kernel/limits.ts'
import { type AgentName, agentKey } from '../kernel/words.ts'
import type { Candidate, Excluded } from './events.ts'
import { admitted } from './routing/admission.ts'
import { type Asked, decided, nameOf, nobody, type RoutingDecision } from './routing/decision.ts'
import { becauseOf, quoted, rounded } from './routing/evidence.ts'
import { briefness, type Features, featuresOf, scoreOf } from './routing/features.ts'
import { plannerAmong, softwareWordsOf } from './routing/first-step.ts'
import type { RoutingKnowledge, RoutingQuestion } from './routing/knowledge.ts'
import { compareNames, nearestNames } from './routing/names.ts'
import { patternsPolicy, type RoutingPolicy } from './routing/policy.ts'
import { type PreparedKnowledge, prepare } from './routing/prepared.ts'
import { type Familiarity, familiarityOf, required } from './routing/resemblance.ts'
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
  const { prepared, eligible, policy } = asked
  const features = featuresOf(prepared, asked)
  const order = inOrder(asked, features)
  const candidates = (from: readonly Scored[]) =>
    from.slice(0, limits.candidatesRecordedMax).map((one) => candidateOf(asked, features, one))
  const familiarity = familiarityOf({ ...asked, caution: policy.caution }, features)
  const best = winnerOf(asked, order, { features, familiarity })
  if (best === undefined) {
    const planned = firstStep(asked, order, { features, familiarity })
    if (planned !== null) return planned
    const decision = nobody(asked, 'resembles_nobody', unlike(familiarity))
    const ranking = order.map((one) => nameOf(prepared, one.agent))
    return { ...decision, candidates: candidates(order), ranking }
  }
  const first = [best, ...order.filter((one) => one !== best)]
  const shown = candidates(first)
  return {
    ...decided(asked, best.agent),
    code: 'routed',
    reason: whyChosen(shown[0]!, eligible.length > 1 ? shown[1] : undefined),
    confidence: rounded(sureness(best, order, asked)),
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

interface Judged {
  readonly features: Features
  readonly familiarity: Familiarity
}

/**
 * The best-ranked that the need resembles at all, when the need is one for these agents: enough of it is said by
 * somebody for what nobody speaks of. A partner whose note passed the gate is always one.
 */
function winnerOf({ policy }: Asked, order: readonly Scored[], judged: Judged): Scored | undefined {
  const { values, said, bestNotes } = judged.features
  const { weights } = policy
  const isPartner = ({ agent }: Scored) =>
    weights.recorded_partner * values.recorded_partner[agent]! +
      weights.declared_partner * values.declared_partner[agent]! >
    0
  const isFamiliar = judged.familiarity.matched >= required(judged.familiarity, policy.caution)
  if (!isFamiliar) return order.find(isPartner)
  const noted = (agent: number) => weights.note > 0 && bestNotes.likeness[agent]! > 0
  return order.find(
    (one) => isPartner(one) || said[one.agent]! > 0 || noted(one.agent) || values.ngrams[one.agent]! === 1,
  )
}

/** A person's goal that is about software and nobody's in particular begins with whoever plans. */
function firstStep(
  asked: Asked,
  order: readonly Scored[],
  { features, familiarity }: Judged,
): RoutingDecision | null {
  const words = softwareWordsOf(asked)
  const planner = words.length === 0 ? undefined : plannerAmong(asked)
  const one = order.find(({ agent }) => agent === planner)
  if (one === undefined) return null
  const candidate = candidateOf(asked, features, one)
  const name = candidate.agent
  const unheard = familiarity.unknown.slice(0, 6).map(quoted).join(', ')
  const evidence = `the goal speaks of ${words.slice(0, 6).map(quoted).join(', ')}, nobody of ${unheard || 'the rest'}, and ${name} plans`
  const event = asked.prepared.knowledge.agents[one.agent]!.event
  const first = [one, ...order.filter((other) => other !== one)]
  return {
    ...decided(asked, one.agent),
    code: 'routed',
    reason: `${name}, because ${evidence}. Name another agent to begin with if that is wrong.`,
    confidence: plannerConfidence,
    candidates: [
      {
        ...candidate,
        because: [{ rule: 'planner', value: 1, weight: 0, evidence, event }, ...candidate.because],
      },
      ...first.slice(1, limits.candidatesRecordedMax).map((other) => candidateOf(asked, features, other)),
    ],
    ranking: first.map(({ agent }) => nameOf(asked.prepared, agent)),
  }
}

/** Nobody's words were met: it is a place to begin, and no more. */
const plannerConfidence = 0.25

/** How often a choice like this one is right: the winner's share of all scores as odds (softmax), less some doubt. */
function sureness(best: Scored, order: readonly Scored[], { policy, need }: Asked): number {
  const temperature = policy.temperature * briefness(need)
  let sum = 0
  for (const { score } of order) sum += Math.exp((score - best.score) / temperature)
  return (1 - policy.doubt) * Math.min(1, 1 / sum) + policy.doubt / 2
}

function candidateOf(asked: Asked, features: Features, { agent, score }: Scored): Candidate {
  const { prepared, policy, need, sender } = asked
  return {
    agent: nameOf(prepared, agent),
    score,
    because: becauseOf({ prepared, features, weights: policy.weights, need, sender, agent }),
  }
}

function whyChosen(winner: Candidate, second: Candidate | undefined): string {
  const { because: all } = winner
  const telling = all.filter(({ rule }) => !acquaintance.has(rule))
  const because = (telling.length > 0 ? telling : all).slice(0, 2).map(({ evidence }) => evidence)
  const behind =
    second === undefined
      ? ''
      : ` Second was ${second.agent}, ${(winner.score - second.score).toFixed(2)} behind.`
  return `${winner.agent}, because ${because.join('; and ')}.${behind}`
}

/** Rules that say who knows whom, and nothing about the need. */
const acquaintance: ReadonlySet<string> = new Set(['popularity', 'friend_of_friend', 'kinship'])

function unlike({ unknown }: Familiarity): string {
  const words = unknown.slice(0, 6).map(quoted).join(', ')
  const said = words === '' ? 'Its words are said by many, and mean no one.' : `No agent speaks of ${words}.`
  return `Nobody: no agent's name, description or notes resemble the need enough. ${said} Say more of what is needed, name an agent, or add one for this.`
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
