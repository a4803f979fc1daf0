import { z } from 'zod'
import { HandoffMode } from '../../handoffs/events.ts'
import { refusal } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { ServedDaybook } from '../../runtime/daybook.ts'
import { handOn } from '../../runtime/inbox/hand-on.ts'
import { type HandoffRequest, submit } from '../../runtime/submit-request.ts'
import { supplyHandoff } from '../../runtime/supply-handoff.ts'
import { showHandoff } from '../../runtime/work-views.ts'
import { givenText } from '../../tools/input.ts'
import { speakingAgent } from '../context.ts'
import { agentArgument, type McpTool, mcpTool, type ToolAnswer } from '../tool.ts'
import { handoffId, workingOn, workOf } from '../working-on.ts'

const provides = z
  .array(
    z.strictObject({ requirement: givenText(limits.noteCharsMax), value: givenText(limits.needCharsMax) }),
  )
  .max(limits.requirementsMax)

/** Passing work on, and filling in what its receiver needs first. */
export function handoffTools(speaker: string | null): readonly McpTool[] {
  return [handOffTool(speaker), supplyTool(speaker)]
}

function handOffTool(speaker: string | null): McpTool {
  const person = speaker === null ? '; leave it out when the person you work for hands it over' : ''
  return mcpTool({
    name: 'hand_off',
    title: 'Hand work over',
    description:
      'Hands one piece of work to another agent. Name the receiver only when you know it: otherwise it is chosen by the recorded collaboration patterns, and the answer says who and why. When the receiver needs something first, the answer lists what is missing: give it with supply_handoff.',
    effect: 'adds',
    input: z.strictObject({
      agent: agentArgument(speaker).optional().describe(`The sender: your name${person}`),
      need: givenText(limits.needCharsMax).min(1).describe('What has to be done, in a sentence or a few'),
      context: givenText(limits.contextCharsMax).default('').describe('What the receiver should know'),
      provides: provides
        .default([])
        .describe("Answers to the receiver's requirements, as far as you know them"),
      to: givenText(limits.agentNameCharsMax).min(1).optional().describe('The receiver, when you know it'),
      mode: HandoffMode.default('delegate'),
      working_on: workingOn,
      key: z
        .string()
        .regex(/^[!-~]{1,200}$/u, 'has 1 to 200 printable characters, no blanks')
        .optional()
        .describe('The same key is the same handoff: a repeated call hands nothing over twice'),
    }),
    async run(context, { agent, key, working_on: work, ...request }) {
      const { daybook } = context
      const isPerson = agent === undefined && context.speaker === null
      const from = isPerson ? 'person' : (await speakingAgent(context, agent)).definition.name
      if (work !== undefined) return handedOn(daybook, from, { ...request, work })
      const answer = await submit(daybook, { ...request, from }, key ?? null)
      const { id: handoff, workflow, chosen, reason, confidence, missing, candidates } = answer
      const told = chosen === null ? `Nobody was found: ${reason}` : `It went to ${chosen}: ${reason}`
      return {
        data: { handoff, workflow, chosen, reason, confidence, missing, candidates },
        text: `Handoff ${handoff}. ${told}`,
      }
    },
  })
}

/** One need of a session is one handoff, however often it is said. */
async function handedOn(
  { project }: ServedDaybook,
  from: string,
  {
    work,
    to,
    ...request
  }: Pick<HandoffRequest, 'need' | 'context' | 'provides' | 'to' | 'mode'> & {
    readonly work: { readonly handoff: string; readonly epoch: number }
  },
): Promise<ToolAnswer> {
  const { workflow } = await workOf(project, from, work)
  const reply = await handOn(project, { ...request, ...work, to: to ?? null })
  if (reply.status === 'refused') throw refusal({ code: reply.code, message: reply.reason })
  if (reply.status === 'returned') {
    const { handoff, to: chosen, missing } = reply
    const message = `${chosen} needs first: ${missing.join('; ')}. Supply it for handoff ${handoff}.`
    throw refusal({ code: 'requirements_missing', message, handoff, workflow, chosen, missing })
  }
  return { data: { ...reply, workflow, chosen: reply.status === 'nobody' ? null : reply.to } }
}

function supplyTool(speaker: string | null): McpTool {
  const person = speaker === null ? '; leave it out when the person you work for supplies it' : ''
  return mcpTool({
    name: 'supply_handoff',
    title: 'Supply what a receiver needs',
    description: 'Fills in what the receiver of a returned handoff needs before it can begin.',
    effect: 'repeats',
    input: z.strictObject({
      agent: agentArgument(speaker).optional().describe(`The sender of the handoff: your name${person}`),
      handoff: handoffId,
      provides,
      context: givenText(limits.contextCharsMax).optional().describe('Replaces the context'),
    }),
    async run(context, { agent, handoff, provides, context: told }) {
      const { project, person } = context.daybook
      const before = await showHandoff(project, handoff)
      const isPerson = agent === undefined && context.speaker === null
      const name = isPerson ? null : (await speakingAgent(context, agent)).definition.name
      if (name !== null && before.from !== name) {
        const message = `Handoff ${before.id} is ${before.from}'s, not ${name}'s.`
        throw refusal({ code: 'forged_sender', message })
      }
      const by = name === null ? person : { kind: 'agent' as const, id: name }
      const supplied = await supplyHandoff(project, { handoff: before.id, by, provides, context: told })
      const { id, status, to, missing } = supplied
      return { data: { handoff: id, status, to, missing }, text: `Handoff ${id} is ${status}, for ${to}.` }
    },
  })
}
