import { z } from 'zod'
import { limits } from '../kernel/limits.ts'
import { givenText, inputSchema, readInput } from './input.ts'
import { failed, returned, type Tool } from './port.ts'

const HandOffInput = z.object({
  need: givenText(limits.needCharsMax)
    .refine((value) => value.trim() !== '', 'say what has to be done')
    .describe('What has to be done, in one or two sentences. One need per call.'),
  to: givenText(limits.agentNameCharsMax)
    .nullish()
    .describe('The agent that shall do it. Leave it out to let Daybook choose.'),
  context: givenText(limits.contextCharsMax).optional().describe('What the receiver has to know to begin.'),
  provides: z
    .array(z.object({ requirement: givenText(limits.noteCharsMax), value: givenText(limits.needCharsMax) }))
    .max(limits.requirementsMax)
    .optional()
    .describe("The receiver's handoff requirements, each with what you give for it."),
  mode: z
    .enum(['delegate', 'ask'])
    .optional()
    .describe('delegate: go on without waiting. ask: wait, and get the answer as the result of this call.'),
})
/** `to` is absent where Daybook shall choose. */
export type HandOffInput = Omit<z.infer<typeof HandOffInput>, 'to'> & { readonly to?: string }

/** What became of a handoff, as the sender is told. */
export type HandOffReply =
  | { readonly status: 'handed_off'; readonly handoff: string; readonly to: string; readonly reason: string }
  | {
      readonly status: 'returned'
      readonly handoff: string
      readonly need: string
      readonly to: string
      readonly missing: readonly string[]
      readonly hint: string
    }
  | { readonly status: 'nobody'; readonly handoff: string; readonly reason: string }
  | { readonly status: 'answered'; readonly handoff: string; readonly to: string; readonly answer: string }
  /** It ended without an answer: `outcome` says how. */
  | {
      readonly status: 'unanswered'
      readonly handoff: string
      readonly to: string
      readonly outcome: string
      readonly reason: string
    }
  | { readonly status: 'refused'; readonly code: string; readonly reason: string }
  | { readonly status: 'waiting'; readonly handoff: string; readonly reason: string }

const isFailure: ReadonlySet<HandOffReply['status']> = new Set(['refused', 'returned', 'unanswered'])

/** Passing work on. Keyed: one need of a session is one handoff, however often it is said. */
export function handOffTool(handOff: (input: HandOffInput) => Promise<HandOffReply>): Tool {
  return {
    name: 'hand_off',
    description:
      'Hands a piece of work to another agent. One call per need. The reply says who got it and why, or what the receiver still needs from you before it can begin.',
    inputSchema: inputSchema(HandOffInput),
    class: 'keyed',
    async run(input) {
      const read = readInput(HandOffInput, input)
      if ('problem' in read) return failed(read.problem)
      const { to, ...rest } = read.value
      const name = (to ?? '').trim().replace(/^@/u, '')
      const reply = await handOff(name === '' ? rest : { ...rest, to: name })
      if (reply.status === 'waiting') return { kind: 'waiting', waitsFor: 'answer', reason: reply.reason }
      const output = JSON.stringify(reply)
      return isFailure.has(reply.status) ? failed(output) : returned(output)
    },
  }
}
