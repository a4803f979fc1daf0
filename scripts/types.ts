import type { Finding, Step } from './finding.ts'
import { runTool } from './run-tool.ts'

const place = /^(?<file>[^(\s][^(]*)\((?<line>\d+),\d+\): error (?<rule>TS\d+): (?<message>.*)$/u

/** The compiler's view of everything that tsconfig.json includes. */
export const types: Step = {
  name: 'types',
  async run(root) {
    const { code, stdout, stderr } = await runTool('tsc', ['--noEmit', '--pretty', 'false'], root)
    if (code === 0) return []
    const found = `${stdout}${stderr}`.split('\n').flatMap(findingOf)
    return found.length > 0 ? found : [unplaced(`${stdout}${stderr}`)]
  },
}

function findingOf(line: string): Finding[] {
  const groups = place.exec(line)?.groups
  if (groups === undefined) return []
  const { file = '', rule = '', message = '' } = groups
  return [{ level: 'error', rule, file, line: Number(groups.line), message }]
}

function unplaced(output: string): Finding {
  return { level: 'error', rule: 'types', file: 'tsconfig.json', message: output.trim().slice(0, 2_000) }
}
