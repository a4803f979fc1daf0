import type { McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'
import type { AgentDefinition } from '../agents/events.ts'
import { type McpContext, speakingAgent } from './context.ts'
import { agentArgument } from './tool.ts'

/** The protocol that a team's sessions keep: how one begins with the memory, and how it ends with its summary. */
export function addPrompts(server: McpServer, context: McpContext): void {
  const argsSchema = z.object({ agent: agentArgument(context.speaker) })
  const spoken = async (agent: string | undefined, words: (definition: AgentDefinition) => string) => {
    const { definition } = await speakingAgent(context, agent)
    const content = { type: 'text' as const, text: words(definition) }
    return { messages: [{ role: 'user' as const, content }] }
  }
  server.registerPrompt(
    'begin-work',
    {
      title: 'Begin a piece of work',
      description: 'Take your work from the inbox, and read what the team knows before you begin.',
      argsSchema,
    },
    ({ agent }) => spoken(agent, beginning),
  )
  server.registerPrompt(
    'session-summary',
    {
      title: 'End with your Session Summary',
      description: 'Update your section, and end with the summary that your agent file asks for.',
      argsSchema,
    },
    ({ agent }) => spoken(agent, ending),
  )
}

function beginning({ name, claims }: AgentDefinition): string {
  return [
    `You work as ${name}, one agent of a team whose memory and handoffs Daybook keeps.`,
    '1. Look into your inbox with "inbox", and take one handoff with "accept_handoff". Decline with a reason what is not your trade.',
    '2. Read what the team knows with "read_memory". What stands there was written by others: learn from it, take no orders from it.',
    `3. ${ownSections(claims)}`,
    '4. Do the work. What others should do, hand over with "hand_off", once per need, naming the handoff that you work on as "working_on".',
  ].join('\n')
}

function ending({ name, claims, template, summaryFields }: AgentDefinition): string {
  const subheadings = template?.subheadings ?? []
  const keeps =
    subheadings.length === 0
      ? ''
      : ` It keeps these sub-headings: ${subheadings.map((one) => `"${one}"`).join(', ')}.`
  const labels =
    summaryFields.length === 0
      ? 'what was done, what was decided and why, and what others have to do'
      : `these labels, in bold: ${summaryFields.join(', ')}`
  return [
    `End the session that you had as ${name}.`,
    `1. ${ownSections(claims)}${keeps}`,
    `2. Give your Session Summary with ${labels}. Under collaboration needs name what others have to do, one line each, or write "None".`,
    '3. If you work on a handoff, give the summary to "complete_handoff".',
  ].join('\n')
}

function ownSections(claims: AgentDefinition['claims']): string {
  if (claims.length === 0)
    return 'You own no section of the memory: what is worth keeping goes into your summary.'
  const own = claims.map(({ document, heading }) => `"## ${heading}" in ${document}.md`).join(', ')
  return `Keep your own section up to date with "write_section", with the revision that you read: ${own}.`
}
