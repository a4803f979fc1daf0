import { z } from 'zod'
import type { Finding, Step } from './finding.ts'
import { runTool } from './run-tool.ts'

const Report = z.object({
  diagnostics: z.array(
    z.object({
      category: z.string().nullish(),
      severity: z.string(),
      message: z.string(),
      location: z.object({
        path: z.string().nullish(),
        start: z.object({ line: z.int() }).nullish(),
      }),
    }),
  ),
})
type Diagnostic = z.infer<typeof Report>['diagnostics'][number]

/** Biome's rules and formatting, with the import direction among them (biome.json, `overrides`). */
export const lint: Step = {
  name: 'lint, format, import direction',
  run: (root) => biome(root),
}

/**
 * What Biome finds in the folder `root`, by the biome.json there. Formatting and the order of imports are
 * findings too. Rejects when Biome says nothing that can be read.
 */
export async function biome(root: string): Promise<Finding[]> {
  const args = ['check', '--reporter=json', '--max-diagnostics=1000', '--colors=off', '.']
  const { stdout, stderr } = await runTool('biome', args, root)
  const json = stdout.slice(stdout.indexOf('{'))
  try {
    return Report.parse(JSON.parse(json)).diagnostics.map(findingOf)
  } catch (cause) {
    throw new Error(`biome gave no report that can be read: ${stderr.slice(0, 1_000)}`, { cause })
  }
}

function findingOf({ category, severity, message, location }: Diagnostic): Finding {
  const line = location.start?.line ?? 0
  return {
    level: severity === 'error' || severity === 'fatal' ? 'error' : 'warning',
    rule: category ?? 'biome',
    file: location.path ?? 'biome.json',
    ...(line > 0 ? { line } : {}),
    message,
  }
}
