import { z } from 'zod'
import type { EventOf, RecordedOf } from '../kernel/event-schema.ts'
import { limits } from '../kernel/limits.ts'
import { AgentName, Digest, DocumentName, text } from '../kernel/words.ts'

/** A section of a document that an agent says it owns. */
export const SectionClaim = z.object({
  document: DocumentName,
  /** Without the hashes. */
  heading: text(limits.headingCharsMax),
})
export type SectionClaim = z.infer<typeof SectionClaim>

/** One item of "Works well with". */
export const Partner = z.object({
  /** As written. */
  raw: text(limits.noteCharsMax),
  /** The agent it names exactly (in any case), or null for groups and free text. */
  target: AgentName.nullable(),
  /** What for: from parentheses or "X for Y". */
  note: text(limits.noteCharsMax).nullable(),
})
export type Partner = z.infer<typeof Partner>

export const AgentExample = z.object({
  context: text(limits.noteCharsMax).nullable(),
  user: text(limits.noteCharsMax).nullable(),
  assistant: text(limits.noteCharsMax).nullable(),
  commentary: text(limits.noteCharsMax).nullable(),
})
export type AgentExample = z.infer<typeof AgentExample>

/** The section template of an agent's file: a promise to its readers. */
export const SectionTemplate = z.object({
  /** Level-3 headings, in order, without the hashes. */
  subheadings: z.array(text(limits.headingCharsMax)).max(100),
  /** Whether it ends in a "Last updated: [Date]" line. */
  lastUpdated: z.boolean(),
  /** The fenced template itself, from its level-2 heading; null when the file only names sub-headings. */
  text: text(limits.agentFileBytesMax).nullable(),
})
export type SectionTemplate = z.infer<typeof SectionTemplate>

/** Something about a file that a person should know. */
export const Diagnostic = z.object({
  /** snake_case, stable: people and programs rely on it. */
  code: z.string().max(100),
  /** What was expected, what was found, what to do. */
  message: text(limits.reasonCharsMax),
})
export type Diagnostic = z.infer<typeof Diagnostic>

/** Everything that Daybook reads from one agent file. */
export const AgentDefinition = z.object({
  name: AgentName,
  description: text(limits.agentFileBytesMax),
  /** null: the file does not say, every tool is inherited. An empty list: nothing is allowed. */
  tools: z.array(z.string().max(200)).max(limits.toolsMax).nullable(),
  /** null: the file does not say. Otherwise an alias (`opus`), `inherit` or a full id. */
  model: z.string().max(200).nullable(),
  color: z.string().max(100).nullable(),
  examples: z.array(AgentExample).max(limits.examplesMax),
  /** The body of the file: the agent's system prompt. */
  prompt: text(limits.agentFileBytesMax),
  /** Claims on sections of any document; those of `insights` come first. */
  claims: z.array(SectionClaim).max(50),
  template: SectionTemplate.nullable(),
  worksWith: z.array(Partner).max(limits.partnersMax),
  /** What it needs when work is handed to it. */
  requirements: z.array(text(limits.noteCharsMax)).max(limits.requirementsMax),
  /** Labels of its session summary, in order. */
  summaryFields: z.array(text(limits.headingCharsMax)).max(limits.summaryFieldsMax),
  /** True when the front matter was not valid YAML and was read line by line. */
  recovered: z.boolean(),
  /** Front matter keys that Daybook has no use for, as text. */
  extra: z.record(z.string().max(200), text(limits.agentFileBytesMax)),
})
export type AgentDefinition = z.infer<typeof AgentDefinition>

const agentFile = {
  name: AgentName,
  /** The file's text, exactly. */
  file: text(limits.agentFileBytesMax),
  digest: Digest,
  /** Path of the file inside its agents folder, with `/`. */
  source: z.string().max(1_000),
  definition: AgentDefinition,
  diagnostics: z.array(Diagnostic).max(200),
}

/** Stream `agent-<key of the name>`. */
export const agentEvents = {
  AgentRegistered: z.object(agentFile),
  AgentRevised: z.object(agentFile),
  /** Only when told, or when the same source no longer has it. */
  AgentRetired: z.object({
    name: AgentName,
    source: z.string().max(1_000),
    reason: text(limits.reasonCharsMax),
  }),
} as const
export type AgentEvent = EventOf<typeof agentEvents>
export type RecordedAgentEvent = RecordedOf<AgentEvent>
