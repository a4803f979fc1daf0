import { lintSource } from '@secretlint/core'
import { creator, rules } from '@secretlint/secretlint-rule-preset-recommend'
import { expect, test } from 'vitest'
import { mayHoldSecrets } from '../../src/runtime/secrets/find-secrets.ts'
import { Secrets } from '../../src/runtime/secrets/secrets.ts'

/** Where a rule looks; most look anywhere. */
const file = { filePath: 'notes.txt', ext: '.txt' }
type Place = typeof file

interface Example {
  /** What nobody may find again. */
  readonly secret: string
  /** The text in which the rule finds it. */
  readonly text: string
  readonly place?: Place
}

/** Characters of a token, from the likeliest to the ones that chance hardly gives: one letter, one digit, all mixed. */
const fillings = ['aB3dE5gH7', 'q', 'Q', '7', 'abcdefghijk', 'ABCDEFGHJK']
const hexFillings = ['a1b2c3', 'a', '7']

const filled = (filling: string, length: number) => filling.repeat(length).slice(0, length)
const token = (prefix: string, length: number, among = fillings): Example[] =>
  among.map((filling) => {
    const secret = `${prefix}${filled(filling, length)}`
    return { secret, text: secret }
  })
const named = (secret: string, name: (secret: string) => string, place?: Place): Example => ({
  secret,
  text: name(secret),
  ...(place === undefined ? {} : { place }),
})

const pem = `MIIEvQIBADANBgkq${filled('aB3dE5gH7/+', 180)}`
/** As long as it takes for its Base64 to end in fQ==. */
const account = JSON.stringify({ email: 'a@b.c', secretKey: filled('aB3-', 90), muk: {}, pad: 'xx' })
const sendgrid = (filling: string) => `SG.${filled(filling, 22)}.${filled(filling, 43)}`
const connections = ['mongodb', 'mongodb+srv', 'mysql', 'jdbc:mysql', 'postgres', 'postgresql']

/** Texts for every rule of the preset; each filling is tried, and those that the rule takes count. */
const examples: Readonly<Record<string, readonly Example[]>> = {
  aws: ['aB3dE5gH7', '/aB3dE5gH7', 'abcdef/ghi', 'q'].flatMap((filling) =>
    [
      (secret: string) => `AWS_SECRET_ACCESS_KEY=${secret}`,
      (secret: string) => `aws_secret_access_key: "${secret}"`,
      (secret: string) => `{"SecretAccessKey" => '${secret}'}`,
    ].map((name) => named(filled(filling, 39).concat('Z'), name)),
  ),
  gcp: [
    named(
      pem,
      (key) => JSON.stringify({ private_key_id: 'x', private_key: `-----BEGIN PRIVATE KEY-----\n${key}` }),
      {
        filePath: 'key.json',
        ext: '.json',
      },
    ),
  ],
  privatekey: ['', 'RSA ', 'EC ', 'DSA ', 'OPENSSH '].map((kind) =>
    named(pem, (key) => `-----BEGIN ${kind}PRIVATE KEY-----\n${key}\n-----END ${kind}PRIVATE KEY-----`),
  ),
  npm: [
    ...token('npm_', 36),
    ...['abcdefgh', 'aB3dE5gH7', 'my long password'].map((secret) =>
      named(secret, (each) => `https://${each}:x-oauth-basic@github.com/a/b`, {
        filePath: 'package.json',
        ext: '.json',
      }),
    ),
    ...fillings.map((filling) =>
      named(filled(filling, 12), (each) => `//registry.example/:_authToken=${each}`, {
        filePath: '.npmrc',
        ext: '',
      }),
    ),
  ],
  basicauth: ['https', 'ftp'].map((scheme) =>
    named('s3cr3tw', (each) => `${scheme}://somebody:${each}@db.example.net/x`),
  ),
  slack: [
    ...['xoxb', 'xoxp', 'xapp', 'xoxa', 'xoxo', 'xoxr'].flatMap((kind) => token(`${kind}-1-abc-`, 12)),
    named('T0AB/B0AB/abcdef', (each) => `https://hooks.slack.com/services/${each}`),
  ],
  sendgrid: fillings.map((filling) => named(sendgrid(filling), (each) => `key ${each}`)),
  shopify: ['shppa', 'shpca', 'shpat', 'shpss'].flatMap((kind) => token(`${kind}_`, 32)),
  stripe: ['sk_live', 'sk_test', 'rk_live', 'rk_test'].flatMap((kind) => token(`${kind}_`, 24)),
  github: [
    ...['ghp', 'gho', 'ghu', 'ghs', 'ghr'].flatMap((kind) => token(`${kind}_`, 36)),
    ...token('github_pat_', 82),
  ],
  gitlab: token('glpat-', 20),
  grafana: [
    ...token('glc_', 40, [...fillings, 'abcdefg/hijk']),
    ...fillings.map((filling) => named(`glsa_${filled(filling, 32)}_0a1b2c3d`, (each) => each)),
  ],
  openai: fillings.flatMap((filling) => [
    named(`sk-${filled(filling, 20)}T3BlbkFJ${filled(filling, 20)}`, (each) => each),
    named(`sk-proj-${filled(filling, 58)}T3BlbkFJ${filled(filling, 58)}`, (each) => each),
  ]),
  anthropic: fillings.map((filling) => named(`sk-${'ant'}-api03-${filled(filling, 93)}AA`, (each) => each)),
  groq: token('gsk_', 52),
  huggingface: token('hf_', 34),
  linear: token('lin_api_', 40),
  notion: fillings.map((filling) => named(`ntn_12345678901${filled(filling, 35)}`, (each) => each)),
  '1password': [named(`ops_${Buffer.from(account).toString('base64')}`, (each) => each)],
  'database-connection-string': connections.map((scheme) =>
    named('hunter2hunter', (each) => `${scheme}://service:${each}@db.internal:5000/orders`),
  ),
  'hashicorp-vault': [...token('hvs.', 95), ...token('hvb.', 140), ...token('hvr.', 95)],
  vercel: ['vcp', 'vci', 'vca', 'vcr', 'vck'].flatMap((kind) => token(`${kind}_`, 24)),
  databricks: token('dapi', 32, hexFillings),
  docker: token('dckr_pat_', 27),
  figma: token('figd_', 40),
  cloudflare: ['cfk', 'cfut', 'cfat'].flatMap((kind) =>
    fillings.map((filling) => named(`${kind}_${filled(filling, 40)}0a1b2c3d`, (each) => each)),
  ),
  tailscale: fillings.map((filling) =>
    named(`tskey-auth-${filled(filling, 12)}-${filled(filling, 32)}`, (each) => each),
  ),
}

/** Rules that look for no secret. */
const others = ['filter-comments']

const shortName = (id: string) => id.replace(/^.*secretlint-rule-/u, '')
const preset = { id: '@secretlint/secretlint-rule-preset-recommend', rule: creator, options: {} }

/** Whether the preset's own rule finds it, in a file where it looks. */
async function flaggedBy(rule: string, { text, place = file }: Example): Promise<boolean> {
  const { messages } = await lintSource({
    source: { content: text, contentType: 'text', ...place },
    options: { config: { rules: [preset] }, noPhysicFilePath: true },
  })
  return messages.some(({ ruleId }) => shortName(ruleId) === rule)
}

test('every rule of the preset has its examples here', () => {
  const known = rules.map(({ meta }) => shortName(meta.id)).filter((name) => !others.includes(name))
  expect(Object.keys(examples).sort()).toEqual(known.sort())
})

const secrets = new Secrets()
const around = [
  (text: string) => text,
  (text: string) => `The agent said: ${text} and went on.`,
  (text: string) => JSON.stringify({ note: text }),
]

test.each(Object.entries(examples))(
  'what the rule %s finds passes the first look and is taken out whole',
  async (rule, all) => {
    const flagged: Example[] = []
    for (const example of all) if (await flaggedBy(rule, example)) flagged.push(example)
    expect(flagged.length).toBeGreaterThanOrEqual(Math.min(2, all.length))
    for (const { secret, text } of flagged)
      for (const put of around) {
        const whole = put(text)
        if (!whole.includes(secret)) continue
        expect(mayHoldSecrets(whole), whole).toBe(true)
        const { value } = await secrets.text(whole)
        expect(value, whole).toContain('[redacted: ')
        // Not a piece of it stays, as far as chance would not put it there anyhow.
        for (const piece of [secret.slice(-6), secret.slice(Math.floor(secret.length / 2)).slice(0, 8)])
          expect(value, whole).not.toContain(piece)
      }
  },
)

test('names of agents and words with hyphens are no reason to load the rules', () => {
  for (const text of [
    'task-distribution-coordinator',
    'risk-assessment-of-the-frontend',
    'npm_config_registry is set by npm',
    'Write SG. and MSG.text in notes',
    'tskey and xapp are words',
  ])
    expect(mayHoldSecrets(text), text).toBe(false)
})

test('no text of a megabyte takes more than its share of computing', async () => {
  const parts = [
    '://',
    '://a',
    '-----BEGIN PRIVATE KEY-----',
    'http://',
    'mongodb://a:b',
    'eyJaaaaaaaaa.eyJ',
    'SG.a.',
  ]
  await secrets.text('the rules are loaded: xoxb-a-b')
  for (const part of parts) {
    const before = process.cpuUsage()
    await secrets.text(part.repeat(Math.ceil(2 ** 20 / part.length)))
    const { user } = process.cpuUsage(before)
    // Tens of milliseconds as it is; the two that once looked ahead from every place took three seconds.
    expect(user / 1_000, part).toBeLessThan(1_500)
  }
})
