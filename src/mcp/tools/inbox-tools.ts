import { z } from 'zod'
import { limits } from '../../kernel/limits.ts'
import { completeWork } from '../../runtime/inbox/complete-work.ts'
import { listInbox } from '../../runtime/inbox/inbox.ts'
import { declineWork, reportProgress } from '../../runtime/inbox/report.ts'
import { takeHandoff } from '../../runtime/inbox/take-handoff.ts'
import { givenText } from '../../tools/input.ts'
import { type McpContext, speakingAgent } from '../context.ts'
import { agentArgument, type McpTool, mcpTool } from '../tool.ts'
import { epoch, handoffId as handoff, handoffOf } from '../working-on.ts'

/** The five steps of an agent that works elsewhere: look, take, say that it goes on, end, or give back. */
export function inboxTools(speaker: string | null): readonly McpTool[] {
  const agent = agentArgument(speaker)
  return [inboxTool(agent), acceptTool(agent), progressTool(agent), completeTool(agent), declineTool(agent)]
}

type AgentArgument = ReturnType<typeof agentArgument>

/** Who speaks, as the log names it. */
async function speaking(context: McpContext, named: string | undefined) {
  const { definition } = await speakingAgent(context, named)
  return { name: definition.name, by: { kind: 'agent' as const, id: definition.name } }
}

function inboxTool(agent: AgentArgument): McpTool {
  return mcpTool({
    name: 'inbox',
    title: 'Look into your inbox',
    description:
      'What waits for you: handoffs that you can take ("open" and "lapsed"), that somebody holds, and yours that came back for want of something ("returned": give it with supply_handoff).',
    effect: 'reads',
    input: z.strictObject({ agent, limit: z.int().min(1).max(limits.mcpListedMax).default(20) }),
    async run(context, { agent, limit }) {
      const { name } = await speaking(context, agent)
      const { items, cursor } = await listInbox(context.daybook.project, name)
      return { data: { agent: name, waiting: items.length, items: items.slice(0, limit), cursor } }
    },
  })
}

function acceptTool(agent: AgentArgument): McpTool {
  return mcpTool({
    name: 'accept_handoff',
    title: 'Take a handoff',
    description:
      'Takes a handoff of your inbox and gives you its brief. Of several who try, one gets it. It is yours until "leaseUntil": say with report_progress that you go on. Name the epoch in whatever you say about it.',
    effect: 'repeats',
    input: z.strictObject({
      agent,
      handoff,
      worker: givenText(100)
        .min(1)
        .optional()
        .describe(
          'A name for this run of yours that nobody else has: taken again under it, it is the same lease',
        ),
    }),
    async run(context, { agent, handoff, worker }) {
      const { project } = context.daybook
      const { name, by } = await speaking(context, agent)
      const run = worker ?? `mcp-${context.connection ?? project.ids.next()}`
      const { brief, ...taken } = await takeHandoff(project, { handoff, agent: name, worker: run, by })
      const held = `Handoff ${taken.handoff} is yours under epoch ${taken.epoch} until ${taken.leaseUntil}.`
      return { data: { ...taken, worker: run, brief }, text: brief, about: held }
    },
  })
}

function progressTool(agent: AgentArgument): McpTool {
  return mcpTool({
    name: 'report_progress',
    title: 'Say that the work goes on',
    description:
      'Says in one line how far you are, and keeps the handoff yours for longer. What you noted since you last reported goes into `earlier`, oldest first.',
    effect: 'repeats',
    input: z.strictObject({
      agent,
      handoff,
      epoch,
      note: givenText(limits.reasonCharsMax).min(1),
      earlier: z.array(givenText(limits.reasonCharsMax).min(1)).max(limits.notesPerReportMax).optional(),
    }),
    async run(context, { agent, handoff, ...said }) {
      const { project } = context.daybook
      const { name, by } = await speaking(context, agent)
      const { id } = await handoffOf(project, name, handoff)
      return { data: { ...(await reportProgress(project, { handoff: id, by, ...said })) } }
    },
  })
}

function completeTool(agent: AgentArgument): McpTool {
  return mcpTool({
    name: 'complete_handoff',
    title: 'Complete a handoff',
    description:
      'Ends your work on a handoff with your Session Summary: Markdown with the labels that your agent file asks for, in bold. What it names under collaboration needs is handed on for you, once; write "None" when there is nothing.',
    effect: 'repeats',
    input: z.strictObject({
      agent,
      handoff,
      epoch,
      summary: givenText(limits.summaryCharsMax).min(1),
      labels: z
        .enum(['asked_for', 'as_it_is'])
        .default('asked_for')
        .describe('"as_it_is" takes a summary without any of the labels'),
    }),
    async run(context, { agent, handoff, ...said }) {
      const { project } = context.daybook
      const { name, by } = await speaking(context, agent)
      const { id } = await handoffOf(project, name, handoff)
      return { data: { ...(await completeWork(project, { handoff: id, by, ...said })) } }
    },
  })
}

function declineTool(agent: AgentArgument): McpTool {
  return mcpTool({
    name: 'decline_handoff',
    title: 'Decline a handoff',
    description:
      'Gives a handoff back, before or after you took it, and says why. It goes to somebody else at once, never to you again.',
    effect: 'repeats',
    input: z.strictObject({
      agent,
      handoff,
      reason: givenText(limits.reasonCharsMax).min(1),
      epoch: epoch.optional().describe('Needed once you have taken it'),
    }),
    async run(context, { agent, handoff, reason, epoch }) {
      const { name, by } = await speaking(context, agent)
      const declined = await declineWork(context.daybook.project, { handoff, agent: name, reason, by, epoch })
      return { data: { ...declined } }
    },
  })
}
