import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AgentsAtWork } from './at-work.ts'
import type { HookCall } from './payload.ts'
import { documentAt, type HookPlaces } from './places.ts'

/**
 * Whether a call changes nothing that Daybook looks after: known from a few files, without the log. Most tools that
 * Claude Code uses are such calls.
 */
export function isNothingToDo(call: HookCall, places: HookPlaces): boolean {
  const atWork = new AgentsAtWork(places.dir)
  switch (call.event) {
    case 'FileUsed':
      if (documentAt(call.path, places) !== null) return false
      return call.agent === null || atWork.find(call.session, call.agent) === null
    case 'CommandRun':
      return call.agent === null || everyDocumentStands(places)
    case 'FileChanged': {
      const document = documentAt(call.path, places)
      return document === null || atWork.all().length > 0 || stands(document, places)
    }
    case 'SubagentStart':
    case 'SubagentStop':
      return call.agent === null
    default:
      return false
  }
}

/** Whether every document on disk is as it was last rendered. */
function everyDocumentStands(places: HookPlaces): boolean {
  let names: string[]
  try {
    names = readdirSync(join(places.dir, 'rendered'))
  } catch {
    return true
  }
  return names
    .filter((name) => name.endsWith('.md') && !name.endsWith('.kept.md'))
    .every((name) => stands(name.slice(0, -'.md'.length), places))
}

function stands(document: string, { dir, memory }: HookPlaces): boolean {
  try {
    const rendered = readFileSync(join(dir, 'rendered', `${document}.md`))
    return rendered.equals(readFileSync(join(memory, `${document}.md`)))
  } catch {
    return false
  }
}
