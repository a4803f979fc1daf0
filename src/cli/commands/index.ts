import type { Command } from 'commander'
import { registerRun } from './run.ts'

/** Every command of Daybook, in the order in which help lists them. */
export const commands: readonly ((program: Command) => void)[] = [registerRun]
