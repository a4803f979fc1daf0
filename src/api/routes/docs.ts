import { createHash } from 'node:crypto'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { ApiEnv } from '../context.ts'
import { type Description, describe, type Examples } from '../describe.ts'

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse;width:100%}td{padding:.35rem .6rem;border-top:1px solid #ddd;vertical-align:top}
code{font:14px ui-monospace,monospace}td:first-child{font-weight:600;width:4rem}
@media (prefers-color-scheme:dark){body{color:#eee;background:#161616}td{border-color:#444}a{color:#8ab4f8}}`
const styleHash = createHash('sha256').update(style).digest('base64')

/** The description for programs, and a page for people that is made from it: no script, nothing from elsewhere. */
export function addDocs(app: OpenAPIHono<ApiEnv>, version: string): void {
  const about = {
    openapi: '3.1.0',
    info: {
      title: 'Daybook',
      version,
      description: 'Workflows of agents over one shared memory. Everything is an event.',
    },
  }
  // Anybody may ask, and the answer is always the same: it is made once.
  const description = onceMade(async () => {
    const document = app.getOpenAPI31Document(about) as unknown as Description
    return JSON.stringify(describe(document, await examples()))
  })
  const table = onceMade(async () => page(rowsOf(app.getOpenAPI31Document(about).paths ?? {}), version))
  app.get('/openapi.json', async (c) =>
    c.body(await description(), 200, { 'Content-Type': 'application/json' }),
  )
  app.get('/docs', async (c) => {
    c.header(
      'Content-Security-Policy',
      `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'`,
    )
    return c.html(await table())
  })
}

function onceMade(make: () => Promise<string>): () => Promise<string> {
  let made: Promise<string> | null = null
  return () => {
    made ??= make()
    return made
  }
}

/** Loaded when somebody asks: they are longer than all the rest. */
async function examples(): Promise<Examples> {
  const { default: known } = await import('../examples.json', { with: { type: 'json' } })
  return known
}

function rowsOf(paths: Readonly<Record<string, object>>): string {
  return Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods as Record<string, { summary?: string }>).map(
        ([method, { summary }]) =>
          `<tr><td>${htmlText(method.toUpperCase())}</td><td><code>${htmlText(path)}</code></td><td>${htmlText(summary ?? '')}</td></tr>`,
      ),
    )
    .join('\n')
}

function page(rows: string, version: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Daybook API</title><style>${style}</style></head>
<body><h1>Daybook API</h1>
<p>Version ${htmlText(version)}. <a href="/openapi.json">openapi.json</a> describes bodies and answers. Errors are problem details (RFC 9457). WHEN is a position, an ISO time, “2 hours ago”, session:ID or event:ID.</p>
<table>
${rows}
<tr><td>POST</td><td><code>/mcp</code></td><td>The same for agents: tools, resources and prompts of the Model Context Protocol</td></tr>
<tr><td>GET</td><td><code>/metrics</code></td><td>Counters in Prometheus’ text format</td></tr>
</table></body></html>
`
}

function htmlText(text: string): string {
  return text.replace(/[&<>"]/gu, (char) => `&#${char.charCodeAt(0)};`)
}
