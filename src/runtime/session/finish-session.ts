import { limits } from '../../kernel/limits.ts'
import { answerText } from '../../sessions/conversation.ts'
import { reply } from '../../sessions/next-step.ts'
import type { Session } from '../../sessions/session.ts'
import { readSummary } from '../../sessions/summary.ts'
import type { HandoverReply } from '../hand-over.ts'
import { callModel } from './call-model.ts'
import { handOverNeeds, notesOf } from './last-words.ts'
import { sessionEdited } from './session-edits.ts'
import { record, type SessionRun } from './session-run.ts'
import { trimContext } from './trim-context.ts'

interface Finish {
  readonly session: Session
  readonly stopReason: string
}

/**
 * The model has ended its turn. Its section should be up to date and its summary complete; it is reminded
 * once of what is missing. What it needs from others is handed over, and then the session is complete.
 */
export async function finishSession(run: SessionRun, { session, stopReason }: Finish): Promise<Session> {
  const text = answerText(session.answer?.content ?? [])
  if (stopReason === 'refusal') return fail(run, 'refused', refusalReason(session, text))
  if (stopReason === 'model_context_window_exceeded') return outgrown(run, session)
  await run.project.view.refresh()
  const reminder = await reminderFor(run, { session, stopReason })
  if (reminder !== null) return remind(run, session, reminder)
  const summary = readSummary(text, run.definition)
  const told =
    session.summary === null || summary.fields.length > 0
      ? await record(run, { type: 'RecordSummary', ...summary })
      : session
  const replies = await handOverNeeds(run, told)
  const question = questionFor(replies, told)
  if (question !== null) return remind(run, told, question)
  return record(run, { type: 'CompleteSession', notes: await notesOf(run, told, replies) })
}

function fail(run: SessionRun, code: string, reason: string): Promise<Session> {
  return record(run, { type: 'FailSession', code, reason: reason.slice(0, limits.reasonCharsMax) })
}

async function remind(run: SessionRun, session: Session, text: string): Promise<Session> {
  const call = session.answer?.call
  if (call === undefined) return session
  return callModel(run, { session, appended: reply(call, text) })
}

/** The answer was cut off where the window ended: with less before it, it can go on. */
async function outgrown(run: SessionRun, session: Session): Promise<Session> {
  if (session.trimmed !== null)
    return remind(run, session, 'Your answer was cut off where the context window ended. Go on from there.')
  const trimmed = await trimContext(run, session)
  return (
    trimmed ??
    fail(run, 'context_window', 'The task alone does not fit into the context window of the model.')
  )
}

/** The API gives the reason of a refusal beside the text, see `ModelAnswer.content`. */
function refusalReason(session: Session, text: string): string {
  const block = session.answer?.content.find(({ type }) => type === 'stop_details')
  const { explanation, category } = (block ?? {}) as { explanation?: unknown; category?: unknown }
  const why = [category, explanation, text].filter((part) => typeof part === 'string' && part !== '')
  return `The model refused the task${why.length === 0 ? '.' : `: ${why.join('. ')}`}`
}

/** Said once: what the agent's own file asks for and this session lacks. */
async function reminderFor(run: SessionRun, { session, stopReason }: Finish): Promise<string | null> {
  if (session.reminders.length > 0) return null
  if (stopReason === 'max_tokens') return 'Your answer was cut off at its length limit. Go on where it ended.'
  const asks: string[] = []
  const claims = run.definition.claims
  const canWrite = run.tools.some((tool) => tool.name === 'memory')
  if (canWrite && claims.length > 0 && !(await sessionEdited(run))) {
    asks.push(
      `Your section "## ${claims[0]!.heading}" in ${claims[0]!.document}.md was not updated in this session: write it with the tool "memory", or say in your summary why there is nothing to record.`,
    )
  }
  const { fields, missing } = readSummary(answerText(session.answer?.content ?? []), run.definition)
  if (run.definition.summaryFields.length > 0 && fields.length === 0) {
    asks.push(`Your Session Summary is missing. Give it with these labels, in bold: ${missing.join(', ')}.`)
  }
  return asks.length === 0 ? null : asks.join('\n\n')
}

function questionFor(replies: readonly HandoverReply[], session: Session): string | null {
  const returned = replies.filter((reply) => reply.status === 'returned')
  if (returned.length === 0 || session.reminders.some((text) => text.includes(askMark))) return null
  const lists = returned.map(
    (reply) =>
      `- to ${reply.to}, need "${reply.need}":\n${reply.missing.map((item) => `  - ${item}`).join('\n')}`,
  )
  return `${askMark} Call "hand_off" again with the same need and "provides" for each, or say that it cannot be had:\n${lists.join('\n')}`
}

const askMark = 'Before they can begin, the receivers of your handoffs need more from you.'
