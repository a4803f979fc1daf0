import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { events } from '../src/runtime/catalogue.ts'
import type { Finding, Step } from './finding.ts'

/** Pages that tell people what to type. */
const pages = ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md']

/** The documentation names every event and no command that does not exist. */
export const docs: Step = {
  name: 'docs in step',
  async run(root) {
    const scripts = scriptNames(await readFile(join(root, 'package.json'), 'utf8'))
    const texts = await Promise.all(pages.map(async (page) => ({ page, text: await textOf(root, page) })))
    return texts.flatMap(({ page, text }) => {
      if (text === undefined) return [finding('docs/missing', page, 'there is no such page')]
      const named = page === 'ARCHITECTURE.md' ? missingEvents(page, text, [...events.keys()]) : []
      return [...named, ...unknownCommands(page, text, scripts)]
    })
  },
}

/** Event types that `text` does not name as a whole word. */
export function missingEvents(page: string, text: string, types: readonly string[]): Finding[] {
  return types
    .filter((type) => !new RegExp(`\\b${type}\\b`, 'u').test(text))
    .map((type) => finding('docs/event-missing', page, `does not name the event ${type}`))
}

/** npm commands in `text` that package.json has no script for. */
export function unknownCommands(page: string, text: string, scripts: ReadonlySet<string>): Finding[] {
  const run = [...text.matchAll(/\bnpm run (?:--?[\w-]+ )*(?<script>[\w:-]+)/gu)]
  const short = [...text.matchAll(/\bnpm (?<script>start|test|stop|restart)\b/gu)]
  const used = new Set([...run, ...short].map((match) => match.groups?.script ?? ''))
  return [...used]
    .filter((script) => !scripts.has(script))
    .map((script) =>
      finding('docs/unknown-command', page, `names "npm run ${script}"; package.json has no such script`),
    )
}

function scriptNames(packageJson: string): Set<string> {
  const { scripts } = JSON.parse(packageJson) as { scripts: Record<string, string> }
  return new Set(Object.keys(scripts))
}

async function textOf(root: string, page: string): Promise<string | undefined> {
  try {
    return await readFile(join(root, page), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function finding(rule: string, file: string, message: string): Finding {
  return { level: 'error', rule, file, message }
}
