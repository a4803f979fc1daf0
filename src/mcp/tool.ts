import {
  type CallToolResult,
  fromJsonSchema,
  type JsonSchemaType,
  type McpServer,
} from '@modelcontextprotocol/server'
import type { z } from 'zod'
import { DaybookError, type Rejection, rejectionIn } from '../kernel/errors.ts'
import type { Json } from '../kernel/event.ts'
import { Secrets } from '../runtime/secrets/secrets.ts'
import { givenText, inputSchema, readInput } from '../tools/input.ts'
import type { McpContext } from './context.ts'

/** What a tool answers: data for programs, and words where they say more to a model than the data. */
export interface ToolAnswer {
  readonly data: Readonly<Record<string, unknown>>
  readonly text?: string
  /** What is said about the text, and is no part of it. */
  readonly about?: string
}

export interface McpTool {
  readonly name: string
  readonly title: string
  readonly description: string
  /** `reads`: nothing changes. `repeats`: said twice it changes nothing more. `adds`: each call does something. */
  readonly effect: 'reads' | 'repeats' | 'adds'
  readonly input: z.ZodObject
  readonly run: (context: McpContext, input: Json) => Promise<ToolAnswer>
}

/** A tool whose arguments are read by its schema before it runs. */
export function mcpTool<Schema extends z.ZodObject>({
  run,
  ...about
}: Omit<McpTool, 'run' | 'input'> & {
  readonly input: Schema
  readonly run: (context: McpContext, input: z.output<Schema>) => Promise<ToolAnswer>
}): McpTool {
  return {
    ...about,
    async run(context, input) {
      const read = readInput(about.input, input)
      if ('problem' in read) throw new DaybookError('usage', read.problem)
      return run(context, read.value as z.output<Schema>)
    },
  }
}

/** The argument by which a caller says who it is; a connection that speaks for one agent needs none. */
export function agentArgument(speaker: string | null): z.ZodType<string | undefined> {
  const name = givenText(100)
  return speaker === null
    ? name.describe('Who you are: your name, as your agent file gives it')
    : name.optional().describe(`Leave it out: this connection speaks as ${speaker}`)
}

/**
 * Adds a tool to a server. Arguments are read by the tool and not by the server, so that what is wrong with them
 * comes back as every other refusal does: a result with `isError`, a code, and what to do.
 */
export function addTool(server: McpServer, context: McpContext, tool: McpTool): void {
  const { name, title, description, effect } = tool
  const schema = { ...inputSchema(tool.input), type: 'object' } as JsonSchemaType
  const taken = {
    getValidator: () => (data: unknown) => ({
      valid: true as const,
      data: data as never,
      errorMessage: undefined,
    }),
  }
  const annotations = {
    readOnlyHint: effect === 'reads',
    idempotentHint: effect !== 'adds',
    destructiveHint: false,
    openWorldHint: false,
  }
  server.registerTool(
    name,
    { title, description, annotations, inputSchema: fromJsonSchema<Json>(schema, taken) },
    (input) => answered(context, name, () => tool.run(context, input)),
  )
}

/** Runs what answers a call; every failure becomes a result that a model can act on. */
async function answered(
  { log }: McpContext,
  name: string,
  answer: () => Promise<ToolAnswer>,
): Promise<CallToolResult> {
  try {
    const { data, text, about = '' } = await answer()
    const texts = [text ?? JSON.stringify(data), ...(about === '' ? [] : [about])]
    return { content: texts.map((one) => ({ type: 'text', text: one })), structuredContent: { ...data } }
  } catch (error) {
    return failed(await harmless(rejectionOf(error, { log, name })))
  }
}

/** A refusal may repeat what was sent: a secret in it must not get into anybody's transcript. */
async function harmless(rejection: Rejection): Promise<Rejection> {
  const { value } = await new Secrets().json(rejection as unknown as { [key: string]: Json })
  return value as unknown as Rejection
}

function failed({ code, message, ...details }: Rejection): CallToolResult {
  const standing =
    typeof details.current === 'string' ? `\n\nWhat stands there now:\n\n${details.current}` : ''
  return {
    isError: true,
    content: [{ type: 'text', text: `${code}: ${message}${standing}` }],
    structuredContent: { ...details, code, message },
  }
}

function rejectionOf(
  error: unknown,
  { log, name }: { log: (line: string) => void; name: string },
): Rejection {
  if (error instanceof DaybookError) return rejectionIn(error)
  log(`mcp ${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  return { code: 'internal', message: 'This is a fault of Daybook. Its log says more.' }
}
