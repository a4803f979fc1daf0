import { accessDecider } from '../access/decider.ts'
import { handoffDecider } from '../handoffs/decider.ts'
import { streamOf } from '../kernel/event.ts'
import { memoryDecider } from '../memory/decider.ts'
import { sessionDecider } from '../sessions/decider.ts'
import { workflowDecider } from '../workflows/decider.ts'

/** Each kind of stream with the rules that hold in it. */
export const workflow = (id: string) => ({ stream: streamOf('workflow', id), decider: workflowDecider })
export const handoff = (id: string) => ({ stream: streamOf('handoff', id), decider: handoffDecider })
export const session = (id: string) => ({ stream: streamOf('session', id), decider: sessionDecider })
export const document = (name: string) => ({ stream: streamOf('memory', name), decider: memoryDecider })
/** There is one of it. */
export const keys = { stream: 'keys', decider: accessDecider }
