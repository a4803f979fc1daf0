import { decisionsInSection } from '../../../projections/shared/decision-text.ts'
import { wordsOf } from '../../handoffs/routing/words.ts'
import { cut } from '../../kernel/cut.ts'
import { limits } from '../../kernel/limits.ts'
import type { KnownDecision, KnownSection } from '../../sessions/prompt.ts'

/**
 * Decisions in sections that speak of what is needed, by how many of the need's words they share; at most
 * `limits.promptDecisionsMax` of each section. None when the sections are so few that a prompt shows them whole.
 */
export function decisionsThatMatter(sections: readonly KnownSection[], need: string): KnownDecision[] {
  const chars = sections.reduce((sum, { text }) => sum + text.length, 0)
  if (chars <= limits.promptSectionsCharsMax / 2 && sections.length <= limits.promptSectionsMax) return []
  const asked = new Set(wordsOf(need, limits.routingNeedWordsMax).map(({ stem }) => stem))
  return sections
    .flatMap((section) => matching(section, asked))
    .sort((a, b) => b.shared - a.shared)
    .map(({ decision }) => decision)
}

function matching(
  { document, section, heading, owner, text }: KnownSection,
  asked: ReadonlySet<string>,
): { readonly shared: number; readonly decision: KnownDecision }[] {
  return decisionsInSection(text)
    .map(({ topic, choice, rationale }) => {
      const said = `${topic === null ? '' : `${topic}: `}${choice}${rationale === null ? '' : `, because ${rationale}`}`
      const stems = new Set(wordsOf(said).map(({ stem }) => stem))
      const shared = [...stems].filter((stem) => asked.has(stem)).length
      return { shared, decision: { document, section, heading, owner, text: cut(said, limits.noteCharsMax) } }
    })
    .filter(({ shared }) => shared > 0)
    .slice(0, limits.promptDecisionsMax)
}
