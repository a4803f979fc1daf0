import type { HandoffCommand } from '../handoffs/commands.ts'
import { cut } from '../kernel/cut.ts'
import { refusal } from '../kernel/errors.ts'
import type { Actor } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import { agentKey } from '../kernel/words.ts'
import type { WorkflowCommand } from '../workflows/decider.ts'
import type { HandoffDetails } from './handoff-details.ts'
import { type Found, found, metaOf } from './inbox/held.ts'
import { now, type Project } from './project.ts'
import { rosterOf } from './roster.ts'
import { routeHandoff } from './route-handoff.ts'
import * as targets from './targets.ts'
import { type HandoffView, showHandoff } from './work-views.ts'

/** What a person says about a handoff. */
export interface PersonSays {
  /** Its id, or the beginning of it. */
  readonly handoff: string
  readonly by: Actor
  readonly reason: string
}

/** A coordinator may end a workflow, or a handoff of a failed one, in the moment before the workflow goes on. */
const triesMax = 3

/**
 * Gives a handoff another try: one that failed, expired, was cancelled, set aside or found nobody, one that lies with
 * its sender or in an inbox, and one whose holder was not heard of. With `to` it goes to that agent, also when it has
 * had the need before. It is routed at once; a workflow that was completed or failed goes on with it. Throws
 * `not_open` (also for a workflow that was cancelled) and `unknown_agent`.
 */
export async function redriveHandoff(
  project: Project,
  { handoff, by, reason, to }: PersonSays & { readonly to?: string | undefined },
): Promise<HandoffView & HandoffDetails> {
  const at = await found(project, handoff)
  const { status } = at.of.workflow
  if (status === 'cancelled') {
    const message = `Workflow ${at.of.id} is cancelled: nothing in it goes on.`
    throw refusal({ code: 'not_open', message, status })
  }
  const named = to === undefined ? {} : { to: await nameOf(project, at, to) }
  const said = cut(reason, limits.reasonCharsMax)
  for (let tries = 0; tries < triesMax; tries += 1) {
    const command = { type: 'RedriveHandoff', by, reason: said, now: now(project), ...named } as const
    await say(project, at, { by, command })
    const { status: meanwhile } = await project.streams.load(targets.workflow(at.of.id))
    if (meanwhile === 'completed' || meanwhile === 'failed') {
      await project.streams.execute(targets.workflow(at.of.id), takenUpAgain(by), metaOf(at, by))
    }
    const after = await project.streams.load(targets.handoff(at.id))
    if (after.status !== 'cancelled') break
  }
  await routeHandoff(project, at.id)
  return showHandoff(project, at.id)
}

/** Ends a handoff that nobody needs any more; whoever works on it finds its lease gone. Throws `not_open`. */
export async function cancelOneHandoff(
  project: Project,
  { handoff, by, reason }: PersonSays,
): Promise<HandoffView & HandoffDetails> {
  const at = await found(project, handoff)
  const { lease } = at.handoff
  const said = cut(reason, limits.reasonCharsMax)
  await say(project, at, { by, command: { type: 'CancelHandoff', by, reason: said } })
  if (lease !== null) {
    const end = { type: 'CancelSession', by, reason: said } as const
    await project.streams.execute(targets.session(lease.session), end, metaOf(at, by))
  }
  return showHandoff(project, at.id)
}

async function say(
  project: Project,
  at: Found,
  { by, command }: { readonly by: Actor; readonly command: HandoffCommand },
): Promise<void> {
  const outcome = await project.streams.execute(targets.handoff(at.id), command, metaOf(at, by))
  if (outcome.kind === 'rejected') throw refusal(outcome.rejection)
}

/** Spelled as its workflow knows it. */
async function nameOf(project: Project, { of }: Found, to: string): Promise<string> {
  await project.view.refresh()
  const names = rosterOf(project.view, of.workflow.roster).map(({ definition }) => definition.name)
  const name = names.find((known) => agentKey(known) === agentKey(to))
  if (name !== undefined) return name
  const message = `Workflow ${of.id} has no agent "${to}". It has: ${names.slice(0, 20).join(', ')}.`
  throw refusal({ code: 'unknown_agent', message })
}

/** A workflow that has ended goes on for a handoff of it that gets another try. */
export function takenUpAgain(by: Actor): WorkflowCommand {
  return { type: 'ResumeWorkflow', by, reason: 'A handoff was redriven.', redriven: true }
}
