import { z } from 'zod'
import { DaybookError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import { agentKey, DocumentName } from '../../kernel/words.ts'
import { whyLine } from '../../runtime/memory/why-line.ts'
import { showHandoff } from '../../runtime/work-views.ts'
import { givenText } from '../../tools/input.ts'
import type { McpContext } from '../context.ts'
import { type McpTool, mcpTool } from '../tool.ts'

/** Why a line stands in the memory, or why a handoff went where it went. */
export const whyTool: McpTool = mcpTool({
  name: 'why',
  title: 'Ask why',
  description:
    'Why a line stands in the memory: who wrote it, in which session, on which task, chosen by which rule, having seen what. Or, for a handoff, who was chosen and because of what, with its history.',
  effect: 'reads',
  input: z.strictObject({
    line: givenText(limits.mcpSearchCharsMax)
      .min(1)
      .optional()
      .describe('The number of a line, or words that only this line holds'),
    document: DocumentName.default('insights').describe('The document of the line, without .md'),
    at: givenText(200).min(1).optional().describe('The line as of a moment'),
    handoff: givenText(100).min(1).optional().describe('The id of a handoff, instead of a line'),
  }),
  async run(context, { line, document, at, handoff }) {
    if ((line === undefined) === (handoff === undefined))
      throw new DaybookError('usage', 'Give either "line" or "handoff": one question at a time.')
    const { daybook } = context
    if (handoff !== undefined) return { data: { ...(await ownHandoff(context, handoff)) } }
    return { data: { ...(await whyLine(daybook, { line: line!, document, at })) } }
  },
})

/** Whether others have such a handoff is not said to who may not know. */
async function ownHandoff({ daybook, speaker, sees }: McpContext, id: string) {
  const shown = await showHandoff(daybook.project, id)
  const names = [shown.from, shown.to ?? ''].map(agentKey)
  if (sees !== 'own' || names.includes(agentKey(speaker ?? ''))) return shown
  throw new DaybookError('not_found', `${speaker} has no handoff ${id}.`)
}
