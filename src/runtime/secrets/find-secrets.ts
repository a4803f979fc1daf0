import type { SecretLintCoreConfig } from '@secretlint/types'
import { ownRules } from './own-rules.ts'

export interface Secret {
  /** Of the rule that found it, for example `github`. */
  readonly rule: string
  /** In UTF-16 units, the second one exclusive. */
  readonly from: number
  readonly to: number
}

/**
 * Where a text holds secrets, in their order and without overlap: by secretlint's recommended rules and a few of our
 * own. The same text, the same answer; nothing is sent anywhere.
 */
export async function findSecrets(text: string): Promise<Secret[]> {
  if (!mayHoldSecrets(text)) return []
  return apart([...byOwnRules(text), ...(await byRecommendedRules(text))])
}

/**
 * Tokens are long, and passwords stand in addresses: most texts have neither, and the rules need not even be loaded.
 * What our own rules begin with always passes.
 */
export function mayHoldSecrets(text: string): boolean {
  if (/:\/\/[^\s@]{0,1000}@|hooks\.slack\.com|PRIVATE KEY|_authToken|sk-ant-|eyJ|AKIA|ASIA/u.test(text))
    return true
  return (text.match(/[A-Za-z0-9_+=~-]{16,}/gu) ?? []).some(isTokenLike)
}

/** Chance puts a digit or both cases into a token; names of agents have neither, and our own ids nothing but digits of 16. */
function isTokenLike(run: string): boolean {
  if (/^[0-9a-f-]+$/u.test(run)) return false
  return /[0-9]/u.test(run) || (run.length >= 24 && /[a-z]/u.test(run) && /[A-Z]/u.test(run))
}

function byOwnRules(text: string): Secret[] {
  return ownRules.flatMap(({ name, pattern }) =>
    [...text.matchAll(pattern)].map(({ 0: found, index }) => ({
      rule: name,
      from: index,
      to: index + found.length,
    })),
  )
}

async function byRecommendedRules(text: string): Promise<Secret[]> {
  const { lintSource, config } = await recommended()
  // A text must not switch its own examination off by a comment that secretlint knows.
  const content = text.replaceAll(/secretlint-/giu, 'secretlint_')
  const { messages } = await lintSource({
    source: { content, filePath: 'text', ext: '', contentType: 'text' },
    options: { config, noPhysicFilePath: true },
  })
  return messages.map(({ ruleId, range: [from, to] }) => ({
    rule: ruleId.replace(/^.*secretlint-rule-/u, ''),
    from,
    to,
  }))
}

interface Recommended {
  readonly lintSource: typeof import('@secretlint/core')['lintSource']
  readonly config: SecretLintCoreConfig
}

let loading: Promise<Recommended> | undefined

/** Loaded once, and only by a process that meets a text which may hold a secret: it takes a tenth of a second. */
function recommended(): Promise<Recommended> {
  loading ??= Promise.all([
    import('@secretlint/core'),
    import('@secretlint/secretlint-rule-preset-recommend'),
    import('@secretlint/profiler'),
  ]).then(([{ lintSource }, { creator }, { secretLintProfiler }]) => {
    // It would keep marks of each rule and text for as long as the process lives.
    secretLintProfiler.setEnabled(false)
    const rule = { id: '@secretlint/secretlint-rule-preset-recommend', rule: creator, options: {} }
    return { lintSource, config: { rules: [rule] } }
  })
  return loading
}

/** Overlapping findings become one, by the name of the one that begins first and reaches furthest. */
function apart(found: readonly Secret[]): Secret[] {
  const sorted = found.toSorted((one, other) => one.from - other.from || other.to - one.to)
  const secrets: Secret[] = []
  for (const secret of sorted) {
    const last = secrets.at(-1)
    if (last === undefined || secret.from >= last.to) secrets.push(secret)
    else secrets[secrets.length - 1] = { ...last, to: Math.max(last.to, secret.to) }
  }
  return secrets
}
