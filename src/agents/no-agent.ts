import { markdownLines } from '../kernel/markdown-lines.ts'
import { type FrontMatter, readFrontMatter } from './front-matter.ts'

/** Markdown files that live beside agents under fixed names. */
const otherNames =
  /^(?:readme|claude|claude\.local|agents|skill|gemini|changelog|contributing|code_of_conduct|license|security|index|install|todo|memory)(?:[._-][a-z]{2}(?:[_-][a-z]{2})?)?$/iu
const otherFolders = /^(?:commands?|templates?|skills?|hooks|docs?|examples?|output-styles|prompts|rules)$/iu
const placeholder = /\[[^\]]*\]|\{\{|<[a-z][^>]*>/iu

/**
 * Why a Markdown file in an agents folder is no agent, or null when it is one. `path` is inside the folder, with
 * `/`. With a name in its front matter a file is an agent, unless its own name is one of README, CLAUDE, SKILL
 * and their like; without front matter it must read like one ("You are …", a description, a memory protocol).
 */
export function whyNoAgent(path: string, text: string): string | null {
  const segments = path.split('/')
  const stem = fileStem(path)
  if (otherNames.test(stem)) return `${segments.at(-1)} is a file of another kind, not an agent`
  const read = readFrontMatter(text)
  if (read.kind === 'refused') return null
  const { frontMatter } = read
  const folder = segments.slice(0, -1).find((segment) => otherFolders.test(segment))
  const name = valueText(frontMatter, 'name')
  if (name !== null) return placeholder.test(name) ? 'a template: its name is a placeholder' : null
  if (folder !== undefined) return `a file of the folder "${folder}" without a name in its front matter`
  if (/(?:^|[-_. ])template$/iu.test(stem)) return 'a template, by its file name'
  if (frontMatter.present) {
    const command = ['allowed-tools', 'argument-hint'].some((key) => frontMatter.values.has(key))
    if (command) return 'a command: its front matter has no name, but allowed-tools or argument-hint'
    if (valueText(frontMatter, 'description') !== null) return null
    return 'its front matter has neither a name nor a description'
  }
  if (text.trim() === '') return 'the file is empty'
  return readsLikeAgent(frontMatter.body) ? null : 'it has no front matter and does not read like an agent'
}

/** `engineering/api-tester.agent.md` -> `api-tester`. */
export function fileStem(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1)
  return file.replace(/\.md$/iu, '').replace(/\.agent$/iu, '')
}

function readsLikeAgent(body: string): boolean {
  return markdownLines(body).some((line) => {
    if (line.kind === 'heading') {
      return /^(?:description|role|your role|responsibilities|session summary|collaboration patterns|memory integration.*|persona|system prompt)$/iu.test(
        line.title.replaceAll('*', '').trim(),
      )
    }
    if (line.kind !== 'text') return false
    return /^\s*(?:[>*_#-]+\s*)?(?:you are (?:an?|the|our|responsible)\b|you're (?:an?|the)\b|your (?:role|task|job|mission|primary responsibilit)|act as (?:an?|the)\b)/iu.test(
      line.text,
    )
  })
}

function valueText(frontMatter: FrontMatter, key: string): string | null {
  for (const [other, value] of frontMatter.values) {
    if (other.toLowerCase() !== key || value === null) continue
    if (Array.isArray(value)) return `[${value.map(String).join(', ')}]`
    return value instanceof Map ? '{{}}' : String(value).trim() || null
  }
  return null
}
