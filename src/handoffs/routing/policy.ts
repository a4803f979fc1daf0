/** How much each rule may add to a candidate's score. A rule with weight 0 is not looked at. */
export interface RoutingWeights {
  readonly text: number
  readonly ngrams: number
  readonly anchor: number
  readonly popularity: number
  readonly friend_of_friend: number
  readonly declared_partner: number
  readonly recorded_partner: number
}

/** A named way to decide. A change of any number is a new name, so that the log says which one decided. */
export interface RoutingPolicy {
  readonly name: string
  readonly weights: RoutingWeights
  /** A partner counts when the need resembles its note at least this much, from 0 to 1. */
  readonly partnerGate: number
  /** Nobody is chosen unless some agent's texts cover this share of the need, from 0 to 1. */
  readonly resemblanceMin: number
  /** An agent is passed over whose own texts cover less than this share. */
  readonly chosenResemblanceMin: number
  /** A long need is also answered by this much matched weight (about two rare words), whatever its share. */
  readonly resemblanceMassMin: number
}

/**
 * The default. A recorded partner whose note the need says in full, be it a single word, outweighs all the other
 * rules together (0.81 × 20 > 3 + 1 + 4 + 1 + 2 + 4). docs/routing.md says how the numbers were found.
 */
export const patternsPolicy: RoutingPolicy = {
  name: 'patterns-1',
  weights: {
    text: 3,
    ngrams: 1,
    anchor: 4,
    popularity: 1,
    friend_of_friend: 2,
    declared_partner: 4,
    recorded_partner: 20,
  },
  partnerGate: 0.75,
  resemblanceMin: 0.25,
  chosenResemblanceMin: 0.1,
  resemblanceMassMin: 8,
}

/** Only what the agents' files say about themselves: something to compare with. */
export const textPolicy: RoutingPolicy = {
  name: 'text-1',
  weights: {
    text: 3,
    ngrams: 1,
    anchor: 0,
    popularity: 0,
    friend_of_friend: 0,
    declared_partner: 0,
    recorded_partner: 0,
  },
  partnerGate: 1,
  resemblanceMin: 0.25,
  chosenResemblanceMin: 0.1,
  resemblanceMassMin: 8,
}

export const policies: readonly RoutingPolicy[] = [patternsPolicy, textPolicy]

export function policyNamed(name: string): RoutingPolicy | null {
  return policies.find((policy) => policy.name === name) ?? null
}
