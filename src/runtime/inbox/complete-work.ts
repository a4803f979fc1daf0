import { refusal } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { SummaryField } from '../../sessions/events.ts'
import { readSummary } from '../../sessions/summary.ts'
import type { HandoverReply } from '../hand-over.ts'
import type { Project } from '../project.ts'
import type { Missing } from '../route-handoff.ts'
import * as targets from '../targets.ts'
import { closeExternal } from './close-external.ts'
import { definitionOf, type Found, found, leaseOf, metaOf } from './held.ts'
import type { Said } from './report.ts'

export interface Completion extends Said {
  /** Markdown: the agent's last words, with the labels that its file asks for. */
  readonly summary: string
  /** `asked_for`: a text without any label of the agent's file is refused once more. `as_it_is`: it is taken. */
  readonly labels?: 'asked_for' | 'as_it_is' | undefined
  /** Of what it hands on: `noted` where the sender cannot be asked any more. */
  readonly missing?: Missing | undefined
}

export interface Completed {
  readonly handoff: string
  readonly workflow: string
  readonly session: string
  /** As the labels of the agent's file divide it. */
  readonly fields: readonly SummaryField[]
  /** Labels that the agent's file asks for and the text lacks. */
  readonly missing: readonly string[]
  readonly notes: readonly string[]
  /** What became of each need that the summary names; `returned` ones wait for what their receivers require. */
  readonly handedOn: readonly HandoverReply[]
}

/**
 * Ends the work on a handoff with the agent's Session Summary. The append to the handoff is the fence: exactly one
 * result counts. What follows from it (the summary's fields, the handoffs for what it says others have to do, the
 * session's end) follows from the log, so whoever comes next carries on after a crash. Said again it gives the same
 * again and hands nothing over twice.
 *
 * Throws `empty_summary`, `summary_missing` with the labels, `not_open` when it was completed with another text, and
 * `lease_lost` when another took over or the handoff is over: the result is then on record as a late one, and nothing
 * follows from it.
 */
export async function completeWork(project: Project, completion: Completion): Promise<Completed> {
  const at = await found(project, completion.handoff)
  const lease = await leaseOf(project, at, completion.epoch)
  await project.view.refresh()
  const summary = checked(project, at, completion)
  const command = {
    type: 'CompleteHandoff',
    worker: lease.worker,
    session: lease.session,
    epoch: completion.epoch,
    answer: at.handoff.status === 'completed' ? await asRecorded(project, summary) : summary,
  } as const
  const outcome = await project.streams.execute(targets.handoff(at.id), command, metaOf(at, completion.by))
  if (outcome.kind === 'rejected') throw refusal(outcome.rejection)
  const { state, events } = outcome
  if (state.status !== 'completed' || state.lease?.epoch !== completion.epoch)
    throw tooLate({ ...at, handoff: state }, events.length === 0 ? 'an earlier one' : 'the result')
  const closed = await closeExternal(project, at.id, completion.missing)
  const { session, replies } = closed
  return {
    handoff: at.id,
    workflow: at.of.id,
    session: lease.session,
    fields: session.summary?.fields ?? [],
    missing: session.summary?.missing ?? [],
    notes: session.notes,
    handedOn: replies,
  }
}

function checked(project: Project, at: Found, { summary, labels = 'asked_for' }: Completion): string {
  if (summary.trim() === '') {
    const message = 'The summary is empty: say what was done, and what others have to do.'
    throw refusal({ code: 'empty_summary', message })
  }
  if (summary.length > limits.summaryCharsMax) {
    const message = `The summary has ${summary.length} characters; at most ${limits.summaryCharsMax} are kept. Say less.`
    throw refusal({ code: 'too_large', message })
  }
  if (labels === 'as_it_is' || at.handoff.to === null) return summary
  const definition = definitionOf(project, at)
  const { fields, missing } = readSummary(summary, definition)
  if (definition.summaryFields.length === 0 || fields.length > 0) return summary
  const message = `The Session Summary has none of the labels that ${definition.name} uses: ${missing.join(', ')}. Give it with these labels, in bold, or say that it is to be taken as it is.`
  throw refusal({ code: 'summary_missing', message, missing })
}

/** What is on record holds no secrets: only so can a text be known again. */
async function asRecorded({ secrets }: Project, text: string): Promise<string> {
  return secrets === null ? text : (await secrets.text(text)).value
}

/** Of each epoch the first late result is kept. */
function tooLate({ id, handoff }: Found, kept: 'the result' | 'an earlier one'): Error {
  const message = `Handoff ${id} is ${handoff.status.replace('_', ' ')} and no longer yours: ${kept} is on record as a late one, and does not count.`
  return refusal({ code: 'lease_lost', message, status: handoff.status, epoch: handoff.epoch })
}
