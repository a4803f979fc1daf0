import { z } from 'zod'
import { limits } from '../kernel/limits.ts'
import { inputSchema, readInput } from './input.ts'
import { failed, returned, type Tool } from './port.ts'

const HandOffInput = z.object({
  need: z
    .string()
    .min(1)
    .max(limits.needCharsMax)
    .describe('What has to be done, in one or two sentences. One need per call.'),
  to: z
    .string()
    .max(limits.agentNameCharsMax)
    .optional()
    .describe('The agent that shall do it. Leave it out to let Daybook choose.'),
  context: z
    .string()
    .max(limits.contextCharsMax)
    .optional()
    .describe('What the receiver has to know to begin.'),
  provides: z
    .array(z.object({ requirement: z.string(), value: z.string() }))
    .max(limits.requirementsMax)
    .optional()
    .describe("The receiver's handoff requirements, each with what you give for it."),
  mode: z
    .enum(['delegate', 'ask'])
    .optional()
    .describe('delegate: go on without waiting. ask: wait, and get the answer as the result of this call.'),
})
export type HandOffInput = z.infer<typeof HandOffInput>

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
  | { readonly status: 'refused'; readonly code: string; readonly reason: string }
  | { readonly status: 'waiting'; readonly handoff: string; readonly reason: string }

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
      const reply = await handOff(read.value)
      if (reply.status === 'waiting') return { kind: 'waiting', waitsFor: 'answer', reason: reply.reason }
      const output = JSON.stringify(reply)
      return reply.status === 'refused' || reply.status === 'returned' ? failed(output) : returned(output)
    },
  }
}
