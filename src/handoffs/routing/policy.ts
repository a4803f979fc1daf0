/** How much each rule may add to a candidate's score. A rule with weight 0 is not looked at. */
export interface RoutingWeights {
  readonly recorded_partner: number
  readonly declared_partner: number
  readonly anchor: number
  readonly note: number
  readonly text: number
  readonly phrase: number
  readonly ngrams: number
  readonly popularity: number
  readonly friend_of_friend: number
  readonly kinship: number
}

/**
 * When a need goes to nobody: when less of it matches than e^(unheard × its share that nobody speaks of + aside × its
 * share that only prompts mention + least) - 0.2. See `resemblance.ts`.
 */
export interface Caution {
  readonly unheard: number
  readonly aside: number
  readonly least: number
  /** What a need counts for that others' notes say in full, beside what the agents' own texts say of it. */
  readonly notes: number
}

/** A named way to decide. A change of any number is a new name, so that the log says which one decided. */
export interface RoutingPolicy {
  readonly name: string
  readonly weights: RoutingWeights
  /** A partner counts when the need resembles its note at least this much, from 0 to 1. */
  readonly partnerGate: number
  readonly caution: Caution
  /**
   * By what scores are divided before they become a share of one (softmax), for a need of a few words: larger is less
   * sure. Found where what is said with confidence p is right in p of the cases.
   */
  readonly temperature: number
  /** Share of choices that turn on what no text says: by half of it the surest is less sure, and the others more. */
  readonly doubt: number
}

const caution: Caution = { unheard: 3, aside: 1, least: -1.3, notes: 4 }

/**
 * The default. A recorded partner whose note the need says in full, be it a single word, outweighs all the other
 * rules together (0.81 × 26 > 4 + 2.4 + 1.6 + 3.5 + 1.5 + 0.7 + 1.6 + 1.8 + 1.5). docs/routing.md says how the
 * numbers were found.
 */
export const patternsPolicy: RoutingPolicy = {
  name: 'patterns-2',
  weights: {
    recorded_partner: 26,
    declared_partner: 4,
    anchor: 2.4,
    note: 1.6,
    text: 3.5,
    phrase: 1.5,
    ngrams: 0.7,
    popularity: 1.6,
    friend_of_friend: 1.8,
    kinship: 1.5,
  },
  partnerGate: 0.75,
  caution,
  temperature: 1,
  doubt: 0.14,
}

/** Only what the agents' files say about themselves: something to compare with. */
export const textPolicy: RoutingPolicy = {
  name: 'text-2',
  weights: {
    recorded_partner: 0,
    declared_partner: 0,
    anchor: 0,
    note: 0,
    text: 3.5,
    phrase: 1.5,
    ngrams: 0.7,
    popularity: 0,
    friend_of_friend: 0,
    kinship: 0,
  },
  partnerGate: 1,
  caution: { ...caution, notes: 0 },
  temperature: 1,
  doubt: 0.14,
}

export const policies: readonly RoutingPolicy[] = [patternsPolicy, textPolicy]

export function policyNamed(name: string): RoutingPolicy | null {
  return policies.find((policy) => policy.name === name) ?? null
}
