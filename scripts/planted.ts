import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Finding, Step } from './finding.ts'
import { biome } from './lint.ts'
import { projectFiles } from './project-files.ts'
import { tidy } from './tidy.ts'

const folder = 'test/check/planted'
/** So that no tool takes a violation for code of the project. */
const suffix = '.txt'
const mark = /caught by: (?<rule>[\w/-]+)(?: \((?<words>[^)]+)\))?/u

/**
 * Proves that the guards are awake: every file under test/check/planted breaks one rule and names it, and the
 * rule has to find it where it stands. A file that names no rule, or whose rule stays silent, is an error.
 */
export const planted: Step = {
  name: 'planted violations',
  run: (root) => uncaught(root, join(root, folder)),
}

/** The files below `source` that no rule caught, or not the rule that they name. */
export async function uncaught(root: string, source: string): Promise<Finding[]> {
  const { files, found } = await inspect(root, source)
  if (files.length === 0) return [silent(folder, 'there are no planted violations')]
  return files.flatMap((file) => judge(file, found))
}

export interface PlantedFile {
  readonly path: string
  readonly content: string
}

/** Copies the files of `source` beside the project's biome.json, somewhere else, and runs the guards there. */
export async function inspect(
  root: string,
  source: string,
): Promise<{ readonly files: readonly PlantedFile[]; readonly found: readonly Finding[] }> {
  const site = await mkdtemp(join(tmpdir(), 'daybook-planted-'))
  try {
    const files = await plant(source, site)
    await configure(root, site)
    return { files, found: [...(await biome(site)), ...(await tidy.run(site))] }
  } finally {
    await rm(site, { recursive: true, force: true })
  }
}

async function plant(source: string, site: string): Promise<PlantedFile[]> {
  const files = (await projectFiles(source)).filter((file) => file.endsWith(suffix))
  return Promise.all(
    files.map(async (file) => {
      const path = file.slice(0, -suffix.length)
      const content = await readFile(join(source, file), 'utf8')
      await mkdir(dirname(join(site, path)), { recursive: true })
      await writeFile(join(site, path), content)
      return { path, content }
    }),
  )
}

/** The same rules as the project's; only git is left out, since the site is no repository. */
async function configure(root: string, site: string): Promise<void> {
  const config = JSON.parse(await readFile(join(root, 'biome.json'), 'utf8')) as Record<string, unknown>
  delete config.$schema
  await writeFile(join(site, 'biome.json'), JSON.stringify({ ...config, vcs: { enabled: false } }))
  await cp(join(root, 'package.json'), join(site, 'package.json'))
  await mkdir(join(site, 'scripts'))
  await cp(join(root, 'scripts', 'pure.grit'), join(site, 'scripts', 'pure.grit'))
}

function judge({ path, content }: PlantedFile, found: readonly Finding[]): Finding[] {
  const { rule, words = '' } = mark.exec(content)?.groups ?? {}
  if (rule === undefined) return [silent(path, 'names no rule; write "caught by: <rule>" into it')]
  const caught = found.some(
    (one) => one.file === path && one.level === 'error' && one.rule === rule && one.message.includes(words),
  )
  return caught
    ? []
    : [silent(path, `${rule}${words && ` (${words})`} did not catch it: the guard is asleep`)]
}

function silent(file: string, message: string): Finding {
  return { level: 'error', rule: 'planted', file, message }
}
