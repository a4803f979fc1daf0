import { agentFileCases } from './cases/agent-file.ts'
import { fireEach } from './fire-all.ts'
import { commandTarget } from './targets/command-line.ts'

fireEach(agentFileCases, commandTarget)
