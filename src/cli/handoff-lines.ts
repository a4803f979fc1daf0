import pc from 'picocolors'
import { circleText } from '../handoffs/circle.ts'
import type { HandoffDetails } from '../runtime/handoff-details.ts'
import type { InboxItem } from '../runtime/inbox/inbox.ts'
import type { HandoffView } from '../runtime/work-views.ts'
import { decisionLines } from './decision-lines.ts'
import { oneLine } from './progress.ts'

/** Handoffs as people read them on a terminal. */

export function handoffLine(view: HandoffView): string {
  return `${pc.dim(view.id)} ${view.status.replace('_', ' ').padEnd(10)} ${view.from} → ${pc.bold(view.to ?? 'nobody')}: ${oneLine(view.need, 90)}`
}

/** What is in an inbox, and until when somebody has it. */
export function inboxLine(item: InboxItem): string {
  const held = item.worker === null ? '' : pc.dim(` (${item.worker} until ${item.leaseUntil})`)
  const missing = item.missing.length === 0 ? '' : `\n  missing: ${item.missing.join('; ')}`
  return `${pc.dim(item.id)} ${item.state.padEnd(8)} from ${item.from}: ${oneLine(item.need, 90)}${held}${missing}`
}

/** With the circle, where there is one. */
export function deadLetterLine(view: HandoffView & HandoffDetails): string {
  const circle = view.deadLetter?.circle ?? []
  const shown = circle.length === 0 ? '' : `\n  circle: ${pc.bold(circleText(circle))}`
  return `${handoffLine(view)}\n  ${oneLine(view.reason ?? '', 200)}${shown}`
}

export function describeHandoff(details: HandoffView & HandoffDetails): string {
  const way = details.chain.length > 0 ? `, on the way: ${details.chain.join(' → ')}` : ''
  return [
    handoffLine(details),
    `workflow ${details.workflow}, hop ${details.hop}${way}`,
    ...standing(details),
    ...because(details),
    ...checklist(details),
    ...(details.answer === null ? [] : ['', pc.bold('answer'), details.answer.trim()]),
    '',
    pc.bold('history'),
    ...details.history.map(
      ({ at, type, by, said }) =>
        `  ${at} ${type} ${pc.dim(by)}${said === null ? '' : ` ${oneLine(said, 110)}`}`,
    ),
  ].join('\n')
}

function standing({ lease, status, deadline, declined, deadLetter }: HandoffDetails & HandoffView): string[] {
  const held = lease !== null && status === 'accepted'
  const circle = deadLetter?.circle ?? []
  return [
    ...(held ? [`${lease.worker} has it under epoch ${lease.epoch} until ${lease.leaseUntil}`] : []),
    ...(deadline === null ? [] : [`expires ${deadline}`]),
    ...(declined.length === 0 ? [] : [`declined by ${declined.join(', ')}`]),
    ...(circle.length === 0 ? [] : [`circle: ${pc.bold(circleText(circle))}`]),
  ]
}

function because({ decisions }: HandoffDetails): string[] {
  return decisions.flatMap((decision) => [
    '',
    pc.bold('because'),
    `  ${decision.reason}  ${pc.dim(`(${decision.policy}, ${sureness(decision)}event ${decision.event})`)}`,
    ...opinionLines(decision),
    ...decisionLines(decision).map((line) => `  ${line}`),
  ])
}

function sureness(decision: HandoffDetails['decisions'][number]): string {
  return decision.to === null ? '' : `${Math.round(decision.confidence * 100)} % sure, `
}

function opinionLines(decision: HandoffDetails['decisions'][number]): string[] {
  const opinion = decision.to === null ? undefined : decision.opinion
  if (opinion === undefined) return []
  const { model, between, chosen, reason, failed } = opinion
  const said = failed ?? `${chosen ?? 'none of them'}: ${reason}`
  return [`  ${pc.dim('asked')} ${model} between ${between.join(', ')}: ${oneLine(said, 140)}`]
}

/** Each requirement of the receiver, and where it was met. */
function checklist({ checklist: items, provides }: HandoffDetails): string[] {
  const asked = new Set(items.map(({ requirement }) => requirement))
  const more = provides.filter(({ requirement }) => !asked.has(requirement))
  if (items.length === 0 && more.length === 0) return []
  return [
    '',
    pc.bold('needs'),
    ...items.map(({ requirement, met, where }) =>
      met === 'missing'
        ? `  ${requirement}: ${pc.yellow('missing')}`
        : `  ${requirement}: ${oneLine(where, 110)} ${pc.dim(`(${met})`)}`,
    ),
    ...more.map(({ requirement, value }) => `  ${requirement}: ${oneLine(value, 110)} ${pc.dim('(given)')}`),
  ]
}
