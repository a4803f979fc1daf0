import type { SecretLintCoreConfig } from '@secretlint/types'
import { ownRules, withoutKnownSecrets } from './own-rules.ts'

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
 * What a rule can tell by how it begins passes whatever the rest is, and so does all that our own rules find.
 */
export function mayHoldSecrets(text: string): boolean {
  if (beginsLikeSecret.test(text)) return true
  return (text.match(/[A-Za-z0-9_+=~-]{16,}/gu) ?? []).some(isTokenLike)
}

/**
 * How the rules' tokens begin, with as much of the rest as keeps names and words out. No text makes it crawl: a
 * password in an address has no slash, so no address is looked through for another one's.
 */
const beginsLikeSecret = new RegExp(
  [
    String.raw`:\/\/[^\s@/]{0,400}@|:x-oauth-basic@|hooks\.slack\.com|PRIVATE KEY|_authToken`,
    '[Ss](?:ecret|ECRET)_?[Aa](?:ccess|CCESS)_?[Kk](?:ey|EY)',
    String.raw`sk-ant-|T3BlbkFJ|eyJ|ops_ey|AKIA|ASIA|xox[abopr]-|xapp-|SG\.\w+\.|hv[bsr]\.`,
    String.raw`(?:hf|gsk|npm|gh[opsur]|github_pat|ntn|lin_api|figd|dckr_pat|glsa|cf(?:k|ut|at)|vc[aikpr])_\w{20}`,
    String.raw`(?:[rs]k_(?:live|test)|shp(?:pa|ca|at|ss))_\w{20}|glpat-[\w-]{20}|glc_[\w+/]{20}|dapi[0-9A-Fa-f]{32}|tskey-[a-z]+-`,
  ].join('|'),
  'u',
)

/** Chance puts a digit or both cases into a token; names of agents have neither, and our own ids nothing but digits of 16. */
function isTokenLike(run: string): boolean {
  if (/^[0-9a-f-]+$/u.test(run)) return false
  return /[0-9]/u.test(run) || (run.length >= 24 && /[a-z]/u.test(run) && /[A-Z]/u.test(run))
}

/** A text without the words that begin like a secret, at once: more than that is found by `findSecrets`. */
export function withoutSecretWords(text: string): string {
  return withoutKnownSecrets(text).replaceAll(/[^\s'"`]+/gu, (word) =>
    beginsLikeSecret.test(word) ? '[redacted]' : word,
  )
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
    // Without a name, for some rules look only into files of certain names.
    source: { content, filePath: '', ext: '.txt', contentType: 'text' },
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
