import { denial, type Gate, passGate as pass } from '../../../src/runtime/session/approvals.ts'

export { denial, type Gate }

/** Rehearsals ask nobody; here they do, so that both models go the same way. */
export const passGate: typeof pass = (run, call) => pass({ ...run, rehearsal: false }, call)
