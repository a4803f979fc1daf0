import { agentFileCases } from './agent-file.ts'
import { commandCases } from './command-line.ts'
import { handoffCases } from './handoff.ts'
import { httpCases } from './http.ts'
import { memoryCases } from './memory-update.ts'
import { modelCases } from './model-output.ts'
import { storeCases } from './store-file.ts'

/** The list: every case of every surface. */
export const allCases = [
  ...agentFileCases,
  ...memoryCases,
  ...handoffCases,
  ...httpCases,
  ...commandCases,
  ...storeCases,
  ...modelCases,
]
