import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding, Step } from './finding.ts'
import { projectFiles } from './project-files.ts'

/** What compilers and linters do not see: length, promises for later, traces of one machine, silent skips. */
export const tidy: Step = {
  name: 'tidy',
  async run(root) {
    const files = (await projectFiles(root)).filter((file) => text.test(file) && !planted.test(file))
    const found = await Promise.all(
      files.map(async (file) => tidyFile(file, await readFile(join(root, file), 'utf8'))),
    )
    return found.flat()
  },
}

const text = /\.(?:ts|md|json|ya?ml|grit|sh)$|(?:^|\/)(?:Dockerfile|\.dockerignore|\.gitignore|run)$/u
const planted = /^test\/check\/planted\//u
const linesSmell = 250
const linesMax = 400

interface LineRule {
  readonly rule: string
  readonly pattern: RegExp
  readonly files: RegExp
  readonly message: string
}

/** In pieces, so that these rules do not find themselves. */
const later = ['TO-DO', 'FIX-ME'].map((word) => word.replace('-', '')).join('|')
const hosts = ['registry', 'npm', 'artifactory', 'nexus'].join('|')

const lineRules: readonly LineRule[] = [
  {
    rule: 'tidy/promise-later',
    pattern: new RegExp(`\\b(?:${later})\\b`, 'u'),
    files: /\.(?:ts|grit|sh|ya?ml)$|^[A-Z]+\.md$|^docs\//u,
    message: 'a promise for later: do it now, or write it down where work is planned',
  },
  {
    rule: 'tidy/machine-path',
    pattern: /(?<![\w.*-])\/(?:work|Users\/\w+|home\/\w+)\//u,
    files: /./u,
    message: 'a path of one machine: use a path relative to the project, or a temporary folder',
  },
  {
    rule: 'tidy/registry-host',
    pattern: new RegExp(`\\b(?:${hosts})\\.[a-z0-9-]+\\.[a-z]{2,}\\b|"resolve[d]":`, 'u'),
    files: /./u,
    message: "a registry host: the registry is the reader's own setting",
  },
]

/** What is wrong with one file, by its path and content alone. */
export function tidyFile(file: string, content: string): Finding[] {
  const lines = content.split('\n')
  return [...lengthFindings(file, lines), ...lineFindings(file, lines), ...skipFindings(file, lines)]
}

function lengthFindings(file: string, lines: readonly string[]): Finding[] {
  const count = lines.at(-1) === '' ? lines.length - 1 : lines.length
  if (!file.endsWith('.ts') || count <= linesSmell) return []
  const level = count > linesMax ? 'error' : 'warning'
  const message = `${count} lines; above ${linesSmell} a file often holds two nouns, above ${linesMax} it has to be divided`
  return [{ level, rule: 'tidy/long-file', file, message }]
}

function lineFindings(file: string, lines: readonly string[]): Finding[] {
  return lineRules
    .filter((rule) => rule.files.test(file))
    .flatMap(({ rule, pattern, message }) =>
      lines.flatMap((line, index): Finding[] =>
        pattern.test(line) ? [{ level: 'error', rule, file, line: index + 1, message }] : [],
      ),
    )
}

/** A test that may be skipped says so aloud: readers of a green run must know what did not run. */
function skipFindings(file: string, lines: readonly string[]): Finding[] {
  if (!file.endsWith('.test.ts') || lines.some((line) => line.includes('console.warn('))) return []
  const message = 'a conditional skip without console.warn: say why it is skipped and what would run it'
  return lines.flatMap((line, index): Finding[] =>
    /\.(?:skipIf|runIf)\(/u.test(line)
      ? [{ level: 'error', rule: 'tidy/silent-skip', file, line: index + 1, message }]
      : [],
  )
}
