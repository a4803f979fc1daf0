import { createTwoFilesPatch } from 'diff'
import type { AgentDefinition, Diagnostic, SectionClaim } from '../agents/events.ts'
import { fixFrontMatter } from '../agents/fix-front-matter.ts'
import { type AgentFolder, type FolderAgent, readAgentFolder } from './agent-folder.ts'

/** One agent as `agents doctor --json` shows it. */
export interface DoctoredAgent {
  readonly name: string
  readonly file: string
  readonly description: string
  readonly tools: string[] | null
  readonly model: string | null
  readonly color: string | null
  readonly examples: AgentDefinition['examples']
  readonly recovered: boolean
  /** Its section of insights.md. */
  readonly section: SectionClaim | null
  readonly sections: SectionClaim[]
  readonly template: { readonly subheadings: string[]; readonly lastUpdated: boolean } | null
  readonly worksWith: AgentDefinition['worksWith']
  readonly handoffRequirements: string[]
  readonly summaryFields: string[]
  readonly diagnostics: Diagnostic[]
}

export interface DoctorReport {
  readonly agents: DoctoredAgent[]
  readonly skipped: { readonly file: string; readonly reason: string }[]
  /** Of the folder, and one `agent_unloadable` for each agent that cannot be loaded. */
  readonly diagnostics: Diagnostic[]
}

export interface Doctored {
  readonly report: DoctorReport
  /** Files that should be agents and cannot be loaded. */
  readonly unloadable: number
  /** A unified patch against the folder that makes broken front matter valid YAML; empty when none is needed. */
  readonly patch: string
  /** Recovered files for which no rewriting was found that says the same. */
  readonly unmended: string[]
}

/** Reads a folder and says what a person should know about it. Writes nothing. The same folder, the same result. */
export async function doctorAgents(folder: string): Promise<Doctored> {
  const read = await readAgentFolder(folder)
  const recovered = read.agents.filter((agent) => agent.definition.recovered)
  const patches = recovered.map((agent) => ({ file: agent.source, patch: patchOf(agent) }))
  return {
    report: reportOf(read),
    unloadable: read.skipped.filter((one) => one.kind === 'unloadable').length,
    patch: patches.map(({ patch }) => patch ?? '').join(''),
    unmended: patches.filter(({ patch }) => patch === null).map(({ file }) => file),
  }
}

function reportOf(read: AgentFolder): DoctorReport {
  const unloadable = read.skipped
    .filter((one) => one.kind === 'unloadable')
    .map(({ file, reason }) => ({ code: 'agent_unloadable', message: `${file}: ${reason}` }))
  return {
    agents: read.agents.map(doctored),
    skipped: read.skipped.map(({ file, reason }) => ({ file, reason })),
    diagnostics: [...read.diagnostics, ...unloadable],
  }
}

function doctored({ source, definition, diagnostics }: FolderAgent): DoctoredAgent {
  const { name, description, tools, model, color, examples, recovered, claims, template } = definition
  return {
    name,
    file: source,
    description,
    tools,
    model,
    color,
    examples,
    recovered,
    section: claims.find((claim) => claim.document === 'insights') ?? null,
    sections: claims,
    template: template && { subheadings: template.subheadings, lastUpdated: template.lastUpdated },
    worksWith: definition.worksWith,
    handoffRequirements: definition.requirements,
    summaryFields: definition.summaryFields,
    diagnostics,
  }
}

/** Null when no rewriting says the same as the file. */
function patchOf({ source, file }: FolderAgent): string | null {
  const fixed = fixFrontMatter(file)
  if (fixed === null) return null
  const patch = createTwoFilesPatch(`a/${source}`, `b/${source}`, file, fixed, undefined, undefined, {
    context: 3,
  })
  return patch.replace(/^=+\n/u, '')
}
