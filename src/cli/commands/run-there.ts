import { isSettled } from '../../handoffs/handoff.ts'
import { DaybookError } from '../../kernel/errors.ts'
import { position } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import { followThere } from '../asks/events.ts'
import { type WorkflowDetails, workflowThere } from '../asks/workflows.ts'
import type { CommandContext } from '../context.ts'
import { onInterrupt } from '../interrupt.ts'
import { progressLineOfMany } from '../progress.ts'
import { everyPage, type RunningServer, said } from '../running-server.ts'
import { conclude } from './run-end.ts'

export interface RunThere {
  /** Undefined: what is not finished is followed. */
  readonly goal: string | undefined
  readonly entry?: string | undefined
  readonly rehearse?: boolean | undefined
  readonly model?: string | undefined
  readonly maxCost?: number | undefined
  readonly depth?: number | undefined
}

/**
 * Has a server run a goal, and follows it until it is over or waits for a person. The server works on its own: who
 * stops following stops nothing.
 */
export async function runThere(
  context: CommandContext,
  server: RunningServer,
  options: RunThere,
): Promise<number> {
  const { output } = context
  await checkRehearsal(server, options, output.say)
  const begun = options.goal === undefined ? await unfinished(server) : [await begin(server, options)]
  const stop = onInterrupt(() => output.say('Not following any more; the server goes on.'))
  try {
    const works: WorkflowDetails[] = []
    for (const one of begun) works.push(await followed(server, one, { stop: stop.signal, say: output.say }))
    const { client } = server
    const ready = await said(client.readyz.$get())
    const known = await said(client.v1.agents.$get({ query: {} }))
    return conclude(context, {
      works,
      position: ready.position === null ? null : position(ready.position),
      stopped: stop.signal.aborted,
      agents: known.agents.map(({ name }) => name),
    })
  } finally {
    stop.release()
  }
}

/** Whoever asks for a rehearsal must not pay for a model, and whoever does not should know. */
async function checkRehearsal(
  { client }: RunningServer,
  { rehearse }: RunThere,
  say: (line: string) => void,
): Promise<void> {
  const { rehearsal } = await said(client.readyz.$get())
  if (rehearse === true && !rehearsal)
    throw new DaybookError(
      'usage',
      'This server works with a model: start one with "daybook serve --rehearsal" to rehearse, or leave --rehearse out.',
    )
  if (rehearse !== true && rehearsal) say('This server rehearses: no model is called.')
}

interface Begun {
  readonly id: string
  /** Where to begin to follow it. */
  readonly after: string
}

async function begin({ client }: RunningServer, options: RunThere): Promise<Begun> {
  const { goal = '', entry, model, maxCost: costUsdMax, depth: depthMax } = options
  const { position: before } = await said(client.readyz.$get())
  const json = { goal, entry, model, limits: { costUsdMax, depthMax } }
  const { id } = await said(client.v1.workflows.$post({ header: {}, json }))
  return { id, after: before ?? '0' }
}

async function unfinished({ client }: RunningServer): Promise<Begun[]> {
  const open = await everyPage(async (cursor) => {
    const { workflows, next } = await said(
      client.v1.workflows.$get({ query: { status: 'running', ...cursor } }),
    )
    return { items: workflows, next }
  })
  return open.map(({ id }) => ({ id, after: 'now' }))
}

interface Following {
  readonly stop: AbortSignal
  readonly say: (line: string) => void
}

/** Tells what happens while it happens, until nothing moves any more. */
async function followed(
  server: RunningServer,
  { id, after }: Begun,
  { stop, say }: Following,
): Promise<WorkflowDetails> {
  const over = new AbortController()
  const telling = tell(server, { id, after }, { stop: AbortSignal.any([stop, over.signal]), say })
  try {
    return await whenStill(server, id, { stop, say })
  } finally {
    // What was appended before it stood still is told, too.
    setTimeout(() => over.abort(), limits.lastEventsMs)
    await telling
  }
}

async function tell(server: RunningServer, { id, after }: Begun, { stop, say }: Following): Promise<void> {
  for await (const item of followThere(server, { workflow: id, after }, stop)) {
    const line = item.kind === 'event' ? progressLineOfMany(item.event) : null
    if (line !== null) say(line)
  }
}

/** Looks until the workflow is over, or stands still at two looks, or following was stopped. */
async function whenStill(
  server: RunningServer,
  id: string,
  { stop, say }: Following,
): Promise<WorkflowDetails> {
  let still = 0
  let unmoved = 0
  let last = -1
  for (;;) {
    const details = await workflowThere(server, { id })
    if (details.status !== 'running' || stop.aborted) return details
    still = (await waitsForPeople(server, details)) ? still + 1 : 0
    if (still > 1) return details
    unmoved = details.events === last ? unmoved + 1 : 0
    last = details.events
    if (unmoved === limits.workflowUnmovedLooks)
      say(
        'Nothing has moved for a while: perhaps no worker of the server has a model. Ctrl-C ends following.',
      )
    await new Promise((resolve) => setTimeout(resolve, limits.workflowLookMs))
  }
}

/** Whether nobody but a person can move it: whatever is open is listed as waiting, or its session stands still. */
async function waitsForPeople({ client }: RunningServer, details: WorkflowDetails): Promise<boolean> {
  const { waiting } = await said(client.v1.waiting.$get({ query: { workflow: details.id } }))
  if (waiting.length === 0 || details.sessionList.some(({ status }) => status === 'running')) return false
  const known = new Set(waiting.map(({ id }) => id))
  const paused = new Set(details.sessionList.filter(({ status }) => status === 'paused').map(({ id }) => id))
  return details.handoffTree
    .filter(({ status }) => !isSettled(status))
    .every(({ id, session }) => known.has(id) || (session !== null && paused.has(session)))
}
