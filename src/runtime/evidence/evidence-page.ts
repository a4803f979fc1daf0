import type { Seal } from '../seals/seal.ts'

interface Line {
  readonly id: string
  readonly type: string
  readonly stream: string
  readonly revision: number
  readonly data: unknown
  readonly meta: {
    readonly actor: { readonly kind: string; readonly id: string }
    readonly recordedAt: string
  }
}

/** The events to read, in a page without scripts that loads nothing. */
export function evidencePage({
  workflow,
  seal,
  lines,
}: {
  readonly workflow: string
  readonly seal: Seal
  readonly lines: readonly string[]
}): string {
  const rows = lines.map((line) => row(JSON.parse(line) as Line)).join('\n')
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Evidence: workflow ${escaped(workflow)}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-top: 1px solid #8884; padding: .4rem; text-align: left; vertical-align: top; }
pre { margin: 0; max-height: 20rem; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
</style>
<h1>Workflow ${escaped(workflow)}</h1>
<p>${lines.length} events, sealed with key <code>${escaped(seal.keyId)}</code> in a log of ${seal.size} events.
This page is for reading; HOW-TO-CHECK.md says how to check what it shows.</p>
<table>
<tr><th>When</th><th>Who</th><th>What</th><th>Data</th></tr>
${rows}
</table>
</html>
`
}

function row({ id, type, stream, revision, data, meta }: Line): string {
  const who = `${meta.actor.kind} ${meta.actor.id}`
  return `<tr id="${escaped(id)}"><td>${escaped(meta.recordedAt)}</td><td>${escaped(who)}</td><td>${escaped(type)}<br><small>${escaped(stream)} ${revision}</small></td><td><details><summary>show</summary><pre>${escaped(JSON.stringify(data, null, 2))}</pre></details></td></tr>`
}

function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/gu, (sign) => names[sign]!)
}
