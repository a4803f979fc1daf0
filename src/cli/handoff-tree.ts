import pc from 'picocolors'
import type { WorkflowWork } from '../runtime/workflow-work.ts'
import { oneLine } from './progress.ts'

/** The handoffs of a workflow as a tree, each with who got it and how it ended. */
export function handoffTree(work: WorkflowWork): string {
  const children = new Map<string | null, string[]>()
  for (const [id, { request }] of work.handoffs) {
    const parent = request?.parent ?? null
    children.set(parent, [...(children.get(parent) ?? []), id])
  }
  const lines: string[] = []
  const walk = (id: string, indent: string, last: string) => {
    const handoff = work.handoffs.get(id)
    if (handoff === undefined) return
    const who = pc.bold(handoff.to ?? 'nobody')
    lines.push(
      `${indent}${last}${who} ${pc.dim(`(${handoff.status.replace('_', ' ')}, handoff ${id})`)} ${oneLine(handoff.request?.need ?? '', 80)}`,
    )
    const below = children.get(id) ?? []
    const deeper = last === '' ? indent : `${indent}${last === '└─ ' ? '   ' : '│  '}`
    below.forEach((child, index) => {
      walk(child, deeper, index === below.length - 1 ? '└─ ' : '├─ ')
    })
  }
  for (const id of children.get(null) ?? []) walk(id, '', '')
  return lines.join('\n')
}
