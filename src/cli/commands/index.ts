import type { Command } from 'commander'
import { registerAgentsCommand } from './agents.ts'
import { registerDecisions } from './decisions.ts'
import { registerHandoffs } from './handoffs.ts'
import { registerLog } from './log.ts'
import { registerMemory } from './memory.ts'
import { registerProve } from './prove.ts'
import { registerRebuild } from './rebuild.ts'
import { registerRoute } from './route.ts'
import { registerRun } from './run.ts'
import { registerSessions } from './sessions.ts'
import { registerWaiting } from './waiting.ts'
import { registerWorkflows } from './workflows.ts'

/** Every command of Daybook, in the order in which help lists them. */
export const commands: readonly ((program: Command) => void)[] = [
  registerRun,
  registerWaiting,
  registerWorkflows,
  registerHandoffs,
  registerSessions,
  registerDecisions,
  registerMemory,
  registerAgentsCommand,
  registerRoute,
  registerLog,
  registerRebuild,
  registerProve,
]
