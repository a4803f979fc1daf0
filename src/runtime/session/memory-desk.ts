import type { Diagnostic } from '../../agents/events.ts'
import type { EditDocument, MemoryDecision } from '../../memory/decider.ts'
import { type Document, renderDocument } from '../../memory/document.ts'
import type { EditIntent } from '../../memory/edit.ts'
import type { Refusal } from '../../memory/refusal.ts'
import type { MemoryDesk, MemoryReply } from '../../tools/memory-tool.ts'
import type { Finding } from '../../tools/port.ts'
import { claimsOn } from '../claims.ts'
import { contentId, digestText } from '../digest.ts'
import { now } from '../project.ts'
import type { Outcome } from '../streams.ts'
import * as targets from '../targets.ts'
import { knownEvents, withCurrentText } from './current-text.ts'
import { seenDocument, seenSection } from './known-sections.ts'
import { callEdited } from './session-edits.ts'
import { agentMeta, type SessionRun } from './session-run.ts'

type Desked = Omit<SessionRun, 'tools'>

/** One tool call on the memory. */
export interface Call {
  readonly key: string
  readonly via: 'tool' | 'file'
  /** Documents as the session was last shown them: what others changed since is no change of its own. */
  readonly shown: Map<string, Document>
}

/** The memory as the agent of a session may use it, for one tool call. */
export function memoryDesk(run: Desked, call: Call): MemoryDesk {
  const { project } = run
  const { key, shown } = call
  return {
    async documents() {
      await project.view.refresh()
      return project.view
        .documents()
        .map(({ document, sections }) => ({ document, headings: sections.map((section) => section.heading) }))
    },
    async read(document) {
      await project.view.refresh()
      const state = project.view.document(document)
      if (state === null) return null
      shown.set(document, state)
      const findings = state.sections.map(
        ({ section, event }): Finding => ({ type: 'SectionRead', data: { document, section, event } }),
      )
      return { text: renderDocument(state), findings }
    },
    async editedBefore(document) {
      await project.view.refresh()
      return callEdited(run, document, key)
    },
    writeSection: ({ document, heading, text }) =>
      edit(run, call, { document, intent: { kind: 'section', section: heading, text }, written: text }),
    writeDocument: ({ document, text }) =>
      edit(run, call, { document, intent: { kind: 'document', text }, written: text }),
  }
}

interface Edit {
  readonly document: string
  readonly intent: EditIntent
  /** The text as the agent gave it: what a refusal keeps the digest of. */
  readonly written: string
}

async function edit(run: Desked, call: Call, { document, intent, written }: Edit): Promise<MemoryReply> {
  const { project, definition } = run
  const { key, via, shown } = call
  await project.view.refresh()
  const shownBefore = intent.kind === 'document' ? shown.get(document) : undefined
  const seen =
    intent.kind === 'section'
      ? await seenSection(run, { document, heading: intent.section })
      : shownBefore === undefined
        ? await seenDocument(run, document)
        : { base: shownBefore }
  const before = await knownEvents(run, document)
  const command: EditDocument = {
    type: 'EditDocument',
    document,
    edit: intent,
    ...seen,
    actor: { kind: 'agent', id: definition.name },
    claims: claimsOn(project.view, document),
    template: definition.claims[0]?.document === document ? definition.template : null,
    session: run.id,
    call: key,
    via,
    at: now(project),
    idBase: contentId('section', run.id, key),
  }
  const outcome = await project.streams.execute(targets.document(document), command, agentMeta(run))
  if (outcome.kind === 'accepted') {
    if (intent.kind === 'document') shown.set(document, outcome.state)
    await project.rendering.render(document)
  }
  const reply = replyTo(outcome, { document, written })
  return withCurrentText(run, reply, { outcome, document, intent, before })
}

/** What an agent is told of an edit, and what goes on record of its refusals. */
export function replyTo(
  outcome: Outcome<Document>,
  { document, written }: { document: string; written: string },
): MemoryReply {
  if (outcome.kind === 'rejected') {
    const { rejection } = outcome
    const all = (rejection.refusals as readonly Refusal[] | undefined) ?? [rejection as Refusal]
    return {
      saved: false,
      message: all.map((refusal) => refusal.message).join('\n'),
      findings: all.map((refusal) => refused(refusal, { document, written })),
    }
  }
  const { refusals, diagnostics } = outcome.decision as Extract<MemoryDecision, { kind: 'accepted' }>
  const said =
    outcome.events.length === 0 && refusals === undefined ? ['Saved before.'] : [savedWhat(outcome, document)]
  const all = refusals ?? []
  const message = [
    ...said,
    ...all.map((refusal) => `Refused: ${refusal.message}`),
    ...hints(diagnostics ?? []),
  ].join('\n')
  return { saved: true, message, findings: all.map((refusal) => refused(refusal, { document, written })) }
}

function savedWhat(outcome: Extract<Outcome<Document>, { kind: 'accepted' }>, document: string): string {
  const edited = outcome.events.filter((event) => event.type === 'DocumentEdited')
  if (edited.length === 0) return `${document}.md is as it was: there was nothing to change.`
  const touched = new Set(edited.map((event) => event.id))
  const headings = outcome.state.sections
    .filter((section) => touched.has(section.event))
    .map((section) => `"${section.heading}"`)
  return `Saved ${headings.join(', ') || 'the change'} in ${document}.md.`
}

function hints(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map((diagnostic) => `Note: ${diagnostic.message}`)
}

function refused(refusal: Refusal, { document, written }: { document: string; written: string }): Finding {
  const { section, heading, owner, code, message } = refusal
  const what = section === null || section === undefined ? {} : { section }
  const data = {
    document,
    ...what,
    heading,
    owner,
    code,
    reason: message,
    digest: digestText(written),
    length: written.length,
  }
  return { type: 'EditRefused', data }
}
