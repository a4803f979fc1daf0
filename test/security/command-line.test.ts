import { commandCases } from './cases/command-line.ts'
import { fireEach } from './fire-all.ts'
import { commandTarget } from './targets/command-line.ts'

fireEach(commandCases, commandTarget)
