import pc from 'picocolors'
import type { HandoffView } from '../runtime/work-views.ts'
import { oneLine } from './progress.ts'

/** The handoffs of a workflow as a tree, each with who got it and how it ended. */
export function handoffTree(handoffs: readonly HandoffView[]): string {
  const children = Map.groupBy(handoffs, ({ parent }) => parent)
  const lines: string[] = []
  const walk = ({ id, to, status, need }: HandoffView, indent: string, last: string) => {
    const who = pc.bold(to ?? 'nobody')
    const about = pc.dim(`(${status.replace('_', ' ')}, handoff ${id})`)
    lines.push(`${indent}${last}${who} ${about} ${oneLine(need, 80)}`)
    const below = children.get(id) ?? []
    const deeper = last === '' ? indent : `${indent}${last === '└─ ' ? '   ' : '│  '}`
    below.forEach((child, index) => {
      walk(child, deeper, index === below.length - 1 ? '└─ ' : '├─ ')
    })
  }
  for (const first of children.get(null) ?? []) walk(first, '', '')
  return lines.join('\n')
}
