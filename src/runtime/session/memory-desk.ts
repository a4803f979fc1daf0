import type { Diagnostic } from '../../agents/events.ts'
import type { EditDocument, MemoryDecision } from '../../memory/decider.ts'
import { callKey, type Document, renderDocument } from '../../memory/document.ts'
import type { EditIntent } from '../../memory/edit.ts'
import type { Refusal } from '../../memory/refusal.ts'
import type { MemoryDesk, MemoryReply } from '../../tools/memory-tool.ts'
import type { Finding } from '../../tools/port.ts'
import { claimsOn } from '../claims.ts'
import { contentId, digestText } from '../digest.ts'
import { now } from '../project.ts'
import type { Outcome } from '../streams.ts'
import * as targets from '../targets.ts'
import { agentMeta, type SessionRun } from './session-run.ts'

type Desked = Omit<SessionRun, 'tools'>

/** The memory as the agent of a session may use it, for one tool call. */
export function memoryDesk(run: Desked, key: string): MemoryDesk {
  const { project } = run
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
      const findings = state.sections.map(
        ({ section, event }): Finding => ({ type: 'SectionRead', data: { document, section, event } }),
      )
      return { text: renderDocument(state), findings }
    },
    async editedBefore(document) {
      await project.view.refresh()
      return project.view.document(document)?.applied.includes(callKey(run.id, key)) ?? false
    },
    writeSection: ({ document, heading, text }) =>
      edit(run, { document, key, intent: { kind: 'section', section: heading, text }, written: text }),
    writeDocument: ({ document, text }) =>
      edit(run, { document, key, intent: { kind: 'document', text }, written: text }),
  }
}

interface Edit {
  readonly document: string
  readonly key: string
  readonly intent: EditIntent
  /** The text as the agent gave it: what a refusal keeps the digest of. */
  readonly written: string
}

async function edit(run: Desked, { document, key, intent, written }: Edit): Promise<MemoryReply> {
  const { project, definition } = run
  await project.view.refresh()
  const command: EditDocument = {
    type: 'EditDocument',
    document,
    edit: intent,
    actor: { kind: 'agent', id: definition.name },
    claims: claimsOn(project.view, document),
    template: definition.claims[0]?.document === document ? definition.template : null,
    session: run.id,
    call: key,
    via: 'tool',
    at: now(project),
    idBase: contentId('section', run.id, key),
  }
  const outcome = await project.streams.execute(targets.document(document), command, agentMeta(run))
  if (outcome.kind === 'accepted') await project.rendering.render(document)
  return replyTo(outcome, { document, written })
}

function replyTo(
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
