import type { NewEvent } from '../../kernel/event.ts'

type Told = Pick<NewEvent, 'type' | 'data'>

interface Names {
  readonly call?: string
  readonly attempt?: number
  readonly toolUse?: string
}

/** What an event begins, by a name that its end gives, too; null for one that begins nothing. */
export function startKeyOf(stream: string, { type, data }: Told): string | null {
  const { call, toolUse } = data as Names
  switch (type) {
    case 'WorkflowStarted':
    case 'SessionStarted':
      return stream
    case 'ModelCalled':
      return `${stream} call ${call}`
    case 'ToolCalled':
      return `${stream} tool ${toolUse}`
    default:
      return null
  }
}

/** The name of what an event ends; null for one that ends nothing. */
export function endOf({ stream, type, data }: Told & { readonly stream: string }): string | null {
  const { call, toolUse } = data as Names
  switch (type) {
    case 'WorkflowCompleted':
    case 'WorkflowFailed':
    case 'WorkflowCancelled':
    case 'SessionCompleted':
    case 'SessionFailed':
    case 'SessionCancelled':
      return stream
    case 'ModelAnswered':
    case 'ModelFailed':
      return `${stream} call ${call}`
    case 'ToolReturned':
      return `${stream} tool ${toolUse}`
    default:
      return null
  }
}
