import type { Command } from 'commander'
import { registerAgents } from './agents.ts'
import { registerBackup } from './backup.ts'
import { registerDecisions } from './decisions.ts'
import { registerDoctor } from './doctor.ts'
import { registerEvidence } from './evidence.ts'
import { registerHandoffs } from './handoffs.ts'
import { registerHook } from './hook.ts'
import { registerInbox } from './inbox.ts'
import { registerInit } from './init.ts'
import { registerKeys } from './keys.ts'
import { registerLog } from './log.ts'
import { registerMcp } from './mcp.ts'
import { registerMemory } from './memory.ts'
import { registerUndo } from './memory-change.ts'
import { registerProjections } from './projections.ts'
import { registerProve } from './prove.ts'
import { registerRebuild } from './rebuild.ts'
import { registerRoute } from './route.ts'
import { registerRun } from './run.ts'
import { registerSeal } from './seal.ts'
import { registerServe } from './serve.ts'
import { registerSessions } from './sessions.ts'
import { registerStart } from './start.ts'
import { registerStore } from './store.ts'
import { registerTransfer } from './transfer.ts'
import { registerVerify } from './verify.ts'
import { registerWaiting } from './waiting.ts'
import { registerWhy } from './why.ts'
import { registerWorker } from './worker.ts'
import { registerWorkflows } from './workflows.ts'

/** Every command of Daybook, in the order in which help lists them. */
export const commands: readonly ((program: Command) => void)[] = [
  registerInit,
  registerDoctor,
  registerRun,
  registerWaiting,
  registerWorkflows,
  registerHandoffs,
  registerInbox,
  registerSessions,
  registerDecisions,
  registerMemory,
  registerWhy,
  registerUndo,
  registerAgents,
  registerRoute,
  registerLog,
  registerProjections,
  registerRebuild,
  registerProve,
  registerSeal,
  registerVerify,
  registerEvidence,
  registerTransfer,
  registerBackup,
  registerStore,
  registerServe,
  registerKeys,
  registerMcp,
  registerHook,
  registerWorker,
  registerStart,
]
