import { DaybookError } from '../../kernel/errors.ts'
import type { RecordedEvent } from '../../kernel/event.ts'
import { cancelSession, decideOutcome, resumeSession } from '../../runtime/command-session.ts'
import { decideApproval } from '../../runtime/decide-approval.ts'
import { inWorkflow } from '../../runtime/whole-id.ts'
import { listSessions, type SessionView, showSession } from '../../runtime/work-views.ts'
import type { Ask } from '../ask.ts'
import { everyPage, type RunningServer, said, saidText, segment } from '../running-server.ts'

export type SessionWithEvents = SessionView & { readonly events: readonly RecordedEvent[] }

export const sessionsWanted: Ask<{ readonly workflow: string | undefined }, readonly SessionView[]> = {
  open: { mode: 'read' },
  async here({ project }, { workflow }) {
    const isWanted = await inWorkflow(project, workflow)
    return (await listSessions(project)).filter(isWanted)
  },
  there: ({ client }, wanted) =>
    everyPage(async (cursor) => {
      const { sessions, next } = await said(client.v1.sessions.$get({ query: { ...wanted, ...cursor } }))
      return { items: sessions as readonly SessionView[], next }
    }),
}

export const oneSession: Ask<{ readonly id: string }, SessionWithEvents> = {
  open: { mode: 'read' },
  here: ({ project }, { id }) => showSession(project, id),
  there: sessionThere,
}

/** As people read it; null where nothing of it can be read. */
export const sessionTold: Ask<
  { readonly id: string },
  { readonly session: SessionView; readonly transcript: string | null }
> = {
  open: { mode: 'read' },
  async here({ project, projector }, { id }) {
    const { events: _, ...session } = await showSession(project, id)
    await projector.catchUp()
    return { session, transcript: projector.render('session-transcript', session.id) ?? null }
  },
  async there(server, { id }) {
    const path = `/v1/sessions/${segment(id)}`
    const transcript = await saidText(server.fetch(path, { accept: 'text/markdown' }))
    if (transcript !== '') return { session: { id } as SessionView, transcript }
    return { session: await sessionThere(server, { id }), transcript: null }
  },
}

async function sessionThere({ client }: RunningServer, { id }: { id: string }): Promise<SessionWithEvents> {
  const {
    transcript: _,
    events: __,
    ...session
  } = await said(client.v1.sessions[':id'].$get({ param: { id: segment(id) } }))
  const param = { id: segment(session.id) }
  const events = await everyPage(async (cursor) => {
    const page = await said(client.v1.sessions[':id'].events.$get({ param, query: cursor }))
    return { items: page.events as unknown as readonly RecordedEvent[], next: page.next }
  })
  return { ...(session as SessionView), events }
}

interface Course {
  readonly id: string
  readonly course: 'resume' | 'cancel'
  readonly reason: string
}

const courses = { resume: resumeSession, cancel: cancelSession } as const

export const sessionCourse: Ask<Course, SessionWithEvents> = {
  open: { log: 'existing' },
  async here({ project, person: by }, { id: session, course, reason }) {
    const { id } = await courses[course](project, { session, by, reason })
    return showSession(project, id)
  },
  async there(server, { id, course, reason }) {
    const param = { id: segment(id) }
    await said(server.client.v1.sessions[':id'][course].$post({ param, json: { reason } }))
    return sessionThere(server, { id })
  },
}

interface Outcome {
  readonly id: string
  readonly decision: 'retry' | 'skip' | 'fail'
  readonly note: string | null
}

export const decidedOutcome: Ask<Outcome, SessionWithEvents> = {
  open: { log: 'existing' },
  async here({ project, person: by }, { id: session, decision, note }) {
    const { id } = await decideOutcome(project, { session, by, decision, note })
    return showSession(project, id)
  },
  async there(server, { id, ...json }) {
    await said(server.client.v1.sessions[':id'].decide.$post({ param: { id: segment(id) }, json }))
    return sessionThere(server, { id })
  },
}

interface Approval {
  readonly id: string
  readonly decision: 'approve' | 'deny'
  /** Null: whatever waits now. */
  readonly digest: string | null
  readonly note: string | null
}

export const decidedApproval: Ask<Approval, SessionWithEvents> = {
  open: { log: 'existing' },
  async here({ project, person: by }, { id: session, ...said }) {
    await decideApproval(project, { session, by, ...said })
    return showSession(project, session)
  },
  async there(server, { id, decision, digest: shown, note }) {
    const digest = shown ?? (await waitingDigest(server, id))
    const param = { id: segment(id) }
    await said(server.client.v1.sessions[':id'][decision].$post({ param, json: { digest, note } }))
    return sessionThere(server, { id })
  },
}

async function waitingDigest({ client }: RunningServer, named: string): Promise<string> {
  const { id } = await said(client.v1.sessions[':id'].$get({ param: { id: segment(named) } }))
  const { waiting } = await said(client.v1.waiting.$get({ query: {} }))
  const digest = waiting.find((one) => one.id === id)?.digest
  if (digest !== undefined) return digest
  const message = `Session ${id} waits for no approval. "daybook waiting" shows what does.`
  throw new DaybookError('rejected', message)
}
