import { type Asked, nameOf } from './decision.ts'
import { compareNames } from './names.ts'
import { termsOf } from './terms.ts'
import { type Field, textScores } from './text-index.ts'
import { stemOf } from './words.ts'

/**
 * Words of work on software. A person's goal names a thing that no agent file can know ("a habit tracker for the
 * phone"); one that has such a word is ours all the same.
 */
const softwareWords =
  'admin api app application backend blog browser bug button cache checkout chatbot cli code config crash csv dashboard ' +
  'database deploy editor endpoint export feature frontend game import landing library login migration mobile module ' +
  'offline page password payment plugin prototype refactor readme script server settings signup site software sprint sql todo ' +
  'tracker upgrade upload url user web webshop website widget'
const softwareStems: ReadonlySet<string> = new Set(softwareWords.split(' ').map(stemOf))

const planning = termsOf('plan planner product project goal requirements scope first version')
const plan = stemOf('plan')

/** Software words of a person's goal; of an agent's need none, because agents know what they need. */
export function softwareWordsOf({ question, need }: Asked): string[] {
  if (question.from.kind !== 'person') return []
  return need.words.filter(({ stem }) => softwareStems.has(stem)).map(({ surface }) => surface)
}

/**
 * Who begins with a goal that is nobody's in particular: the agent whose name, or else whose description, speaks of planning,
 * the one that says most about it.
 * Undefined when none does.
 */
export function plannerAmong({ prepared, eligible }: Asked): number | undefined {
  const { texts } = prepared
  const scores = textScores(texts, planning)
  const among = (field: Field) => eligible.filter((agent) => texts.said[agent]!.get(plan) === field)
  const named = among('name')
  const planners = named.length > 0 ? named : among('description')
  return planners.toSorted(
    (one, other) =>
      scores[other]! - scores[one]! || compareNames(nameOf(prepared, one), nameOf(prepared, other)),
  )[0]
}
