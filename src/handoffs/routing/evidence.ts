import { limits } from '../../kernel/limits.ts'
import type { Because } from '../events.ts'
import type { Edge } from './edges.ts'
import { type Features, type Rule, rules } from './features.ts'
import { wordLikeness } from './grams.ts'
import { friendsOf } from './graph.ts'
import { commonWords } from './kinship.ts'
import { compareNames } from './names.ts'
import type { RoutingWeights } from './policy.ts'
import type { PreparedKnowledge } from './prepared.ts'
import type { Terms } from './terms.ts'
import type { Field } from './text-index.ts'

/** What one candidate's reasons are worked out from. */
export interface Explained {
  readonly prepared: PreparedKnowledge
  readonly features: Features
  readonly weights: RoutingWeights
  readonly need: Terms
  readonly sender: number | null
  readonly agent: number
}

const wordsShownMax = 6
const decimals = 1e4

/** Every rule that moved the candidate, the strongest first, each with its evidence for people. */
export function becauseOf(input: Explained): Because[] {
  const moved = rules.filter(
    (rule) => input.weights[rule] * input.features.values[rule][input.agent]! > 1 / decimals,
  )
  const strength = (rule: Rule) => input.weights[rule] * input.features.values[rule][input.agent]!
  return moved
    .sort((one, other) => strength(other) - strength(one) || rules.indexOf(one) - rules.indexOf(other))
    .map((rule) => {
      const { evidence, event } = evidenceOf(rule, input)
      const value = rounded(input.features.values[rule][input.agent]!)
      return {
        rule,
        value,
        weight: input.weights[rule],
        evidence: clipped(evidence),
        ...(event === undefined ? {} : { event }),
      }
    })
}

export function rounded(value: number): number {
  return Math.round(value * decimals) / decimals
}

interface Evidence {
  readonly evidence: string
  readonly event?: string
}

function evidenceOf(rule: Rule, input: Explained): Evidence {
  switch (rule) {
    case 'recorded_partner':
      return partnerEvidence(input.features.recorded.edges[input.agent]!, input)
    case 'declared_partner':
      return partnerEvidence(input.features.declared.edges[input.agent]!, input)
    case 'anchor':
      return anchorEvidence(input)
    case 'note':
      return noteEvidence(input)
    case 'text':
      return textEvidence(input)
    case 'phrase':
      return phraseEvidence(input)
    case 'ngrams':
      return gramEvidence(input)
    case 'popularity':
      return popularityEvidence(input)
    case 'friend_of_friend':
      return friendEvidence(input)
    case 'kinship':
      return kinshipEvidence(input)
  }
}

function partnerEvidence(edge: Edge, { prepared }: Explained): Evidence {
  const who = nameOf(prepared, edge.from)
  const where = edge.place === null ? `${who}'s file declares` : `${who} recorded in ${edge.place}`
  return { evidence: `${where}: works well with ${quoted(edge.raw)}`, event: edge.event }
}

function anchorEvidence({ prepared, features, agent, need }: Explained): Evidence {
  const edge = features.bestNotes.edges[agent]
  const evidence = `others' notes about it say ${sharedWords(prepared, agent, need)}`
  return edge === undefined ? { evidence } : { evidence, event: edge.event }
}

function noteEvidence({ prepared, features, agent }: Explained): Evidence {
  const edge = features.bestNotes.edges[agent]!
  const verb = edge.kind === 'recorded' ? 'recorded that it works with' : 'works with'
  return {
    evidence: `${nameOf(prepared, edge.from)} ${verb} it for ${quoted(edge.note ?? edge.raw)}`,
    event: edge.event,
  }
}

function sharedWords(prepared: PreparedKnowledge, agent: number, need: Terms): string {
  const words = need.words.filter((word) => prepared.anchors.senders.get(word.stem)?.has(agent))
  return listed(words.map((word) => word.surface))
}

const places: Readonly<Record<Field, string>> = { name: 'name', description: 'description', body: 'prompt' }

function textEvidence({ prepared, agent, need }: Explained): Evidence {
  const said = prepared.texts.said[agent]!
  const parts = (['name', 'description', 'body'] as const).flatMap((field) => {
    const words = need.words.filter((word) => said.get(word.stem) === field).map((word) => word.surface)
    return words.length === 0 ? [] : [`its ${places[field]} says ${listed(words)}`]
  })
  return { evidence: parts.join('; '), event: prepared.knowledge.agents[agent]!.event }
}

function phraseEvidence({ prepared, agent, need }: Explained): Evidence {
  const surfaces = new Map(need.words.map((word) => [word.stem, word.surface]))
  const pairs = need.pairs.filter((pair) =>
    prepared.texts.pairs.get(pair)?.some((posting) => posting.agent === agent),
  )
  const said = pairs.map((pair) =>
    pair
      .split(' ')
      .map((stem) => surfaces.get(stem) ?? stem)
      .join(' '),
  )
  return { evidence: `it says ${listed(said)}`, event: prepared.knowledge.agents[agent]!.event }
}

function gramEvidence({ prepared, agent, need }: Explained): Evidence {
  const surfaces = prepared.texts.surfaces[agent]!
  const alike = need.words
    .filter((word) => !surfaces.includes(word.surface))
    .slice(0, wordsShownMax)
    .flatMap((word) => {
      const nearest = likest(word.surface, surfaces)
      return nearest === null ? [] : [`${quoted(word.surface)} is like ${quoted(nearest)}`]
    })
  const evidence =
    alike.length === 0
      ? 'its name and description are spelled like the need'
      : `in its name and description ${alike.slice(0, 3).join(', ')}`
  return { evidence, event: prepared.knowledge.agents[agent]!.event }
}

function likest(word: string, surfaces: readonly string[]): string | null {
  let best: { surface: string; likeness: number } | null = null
  for (const surface of surfaces) {
    // Words without a common beginning are seldom forms of one word, and comparing all costs more than it shows.
    if (surface[0] !== word[0]) continue
    const likeness = wordLikeness(word, surface)
    if (likeness >= 0.25 && (best === null || likeness > best.likeness)) best = { surface, likeness }
  }
  return best?.surface ?? null
}

function popularityEvidence({ prepared, agent }: Explained): Evidence {
  const count = prepared.graph.admirers.get(agent)?.size ?? 0
  return { evidence: count === 1 ? '1 agent works with it' : `${count} agents work with it` }
}

function friendEvidence({ prepared, sender, agent }: Explained): Evidence {
  const friends = friendsOf(prepared.graph, sender).filter((friend) =>
    prepared.graph.partners.get(friend)?.has(agent),
  )
  const names = friends.map((friend) => nameOf(prepared, friend)).sort(compareNames)
  const verb = names.length === 1 ? 'works' : 'work'
  return { evidence: `${shortList(names)}, who ${nameOf(prepared, sender!)} works with, ${verb} with it` }
}

function kinshipEvidence({ prepared, sender, agent }: Explained): Evidence {
  const common = commonWords(prepared.texts, sender!, agent)
  const also = common.length === 0 ? '' : `: ${listed(common)}`
  const event = prepared.knowledge.agents[agent]!.event
  return { evidence: `it speaks of the same things as ${nameOf(prepared, sender!)}${also}`, event }
}

function nameOf(prepared: PreparedKnowledge, agent: number): string {
  return prepared.knowledge.agents[agent]!.definition.name
}

function listed(words: readonly string[]): string {
  return shortList(words.map(quoted))
}

function shortList(words: readonly string[]): string {
  const shown = words.slice(0, wordsShownMax).join(', ')
  return words.length > wordsShownMax ? `${shown} and ${words.length - wordsShownMax} more` : shown
}

/** In quotes, on one line, cut when long: what stands here was written by an agent or a person. */
export function quoted(text: string): string {
  const letters = [...text.replace(/\s+/gu, ' ').trim()]
  return `"${letters.length > 200 ? `${letters.slice(0, 199).join('')}…` : letters.join('')}"`
}

function clipped(evidence: string): string {
  if (evidence.length <= limits.noteCharsMax) return evidence
  return `${evidence
    .slice(0, limits.noteCharsMax - 2)
    .toWellFormed()
    .replace(/\ufffd$/u, '')}…`
}
