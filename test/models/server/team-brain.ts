import type { AnswerPlay, Block, MessagesRequest } from './play.ts'

/** How many handoffs a chain has, whatever its limits allow. */
const hopsPlayed = 2

type Fields = Readonly<Record<string, unknown>>

/**
 * A stand-in for the model that knows nothing but the request, as a model does: it writes the section that the
 * first message says it keeps, hands off to the first teammate who is not on the way yet, brings what the receiver
 * still needs, and ends with the summary whose labels its role names.
 */
export function teamBrain(request: MessagesRequest): AnswerPlay {
  const role = textOf(request.system ?? '')
  const opening = textOf(request.messages[0]?.content ?? '')
  const said = request.messages
    .filter((message) => message.role === 'assistant')
    .flatMap(({ content }) => (typeof content === 'string' ? [] : content))
    .map((block) => (block as Fields).name)
  const tools = new Set(request.tools?.map((tool) => tool.name))
  const claim = /"## ([^"]+)" in ([\w.-]+)\.md/u.exec(opening)
  if (claim !== null && tools.has('memory') && !said.includes('memory')) {
    const [, heading = '', document = ''] = claim
    const text = sectionText(role, heading)
    return call('I record my part.', 'memory', { command: 'write_section', document, heading, text })
  }
  const missing = missingOf(request)
  if (missing !== null) return call('I bring what is missing.', 'hand_off', missing)
  const partner = partnerOf(opening)
  if (partner !== null && tools.has('hand_off') && !said.includes('hand_off')) {
    const need = `Do your part as ${partner} for: ${needOf(opening)}`
    return call(`${partner} goes on.`, 'hand_off', { need, to: partner, context: 'See my section.' })
  }
  return { content: summaryText(role) }
}

function call(text: string, name: string, input: Fields): AnswerPlay {
  return { content: [text, { type: 'tool_use', name, input }] }
}

function textOf(content: string | readonly (Block | { readonly text: string })[]): string {
  if (typeof content === 'string') return content
  return content.map((block) => String((block as Fields).text ?? '')).join('\n')
}

/** The role's own template with its gaps filled, or a section of one line. */
function sectionText(role: string, heading: string): string {
  const fences = role.match(/^```[^\n]*\n[\s\S]*?^```/gmu) ?? []
  const template = fences
    .map((fence) => fence.replace(/^```[^\n]*\n|^```/gmu, ''))
    .find((text) => text.startsWith(`## ${heading}\n`))
  return (template ?? `## ${heading}\n\nRecorded by the local server.\n`).replace(
    /\[[^\]\n]*\]/gu,
    'as played',
  )
}

function needOf(opening: string): string {
  const need = /<need>\n([\s\S]*?)\n<\/need>/u.exec(opening)?.[1] ?? ''
  return (need.split(' for: ').at(-1) ?? need).slice(0, 200)
}

function partnerOf(opening: string): string | null {
  const [, hop = '0', of = '0', way = ''] = /hop="(\d+)" of="(\d+)" way="([^"]*)"/u.exec(opening) ?? []
  if (Number(hop) >= Math.min(hopsPlayed, Number(of))) return null
  const team = /<team>\n([\s\S]*?)\n<\/team>/u.exec(opening)?.[1] ?? ''
  const names = [...team.matchAll(/^- (.+?): /gmu)].map((match) => match[1] ?? '')
  return names.find((name) => !way.split(' → ').includes(name)) ?? null
}

/** The handoff that came back with a list to fill in, filled in. */
function missingOf(request: MessagesRequest): Fields | null {
  const last = request.messages.at(-1)?.content
  for (const block of typeof last === 'string' || last === undefined ? [] : last) {
    const { type, content } = block as Fields
    if (type !== 'tool_result' || typeof content !== 'string' || !content.includes('"returned"')) continue
    const { need, to, missing } = JSON.parse(content) as { need: string; to: string; missing: string[] }
    return { need, to, provides: missing.map((requirement) => ({ requirement, value: 'as played' })) }
  }
  return null
}

function summaryText(role: string): string {
  const after = role.slice(Math.max(0, role.lastIndexOf('## Session Summary')))
  const labels = [...after.matchAll(/^\*\*([^*\n]+)\*\*:/gmu)].map((match) => match[1] ?? '')
  const lines = labels.map((label) => `**${label}**: ${/need|hand/iu.test(label) ? 'none' : 'as played'}`)
  return ['## Session Summary', '', ...lines].join('\n')
}
