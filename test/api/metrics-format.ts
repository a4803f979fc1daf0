/** One family of Prometheus' text format, version 0.0.4. */
export interface Family {
  readonly name: string
  readonly type: string
  readonly help: string
  /** By their labels, sorted, as `name=value,…`; '' without labels. */
  readonly samples: ReadonlyMap<string, number>
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/u
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/u

/**
 * Reads the format line by line and throws for whatever it does not allow: a sample of no family, a family described
 * twice or in two places, labels that are not quoted as they must be, a number that is none, a counter that is
 * negative, the same sample twice, a last line without its end.
 */
export function parseMetrics(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const families = new Map<string, Family & { samples: Map<string, number> }>()
  let help: { name: string; text: string } | null = null
  let current = ''
  for (const line of text.slice(0, -1).split('\n')) {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/u.exec(line) ?? []
    if (keyword === 'HELP') help = { name, text: rest }
    else if (keyword === 'TYPE') {
      if (help?.name !== name) throw new Error(`${name} has no HELP in front of its TYPE`)
      if (!metricName.test(name)) throw new Error(`${name} is no name of a metric`)
      if (families.has(name)) throw new Error(`${name} is described twice`)
      if (rest !== 'counter' && rest !== 'gauge') throw new Error(`${name} has the type ${rest}`)
      families.set(name, { name, type: rest, help: help.text, samples: new Map() })
      current = name
    } else if (line.startsWith('#') || line === '') throw new Error(`no line of ours: ${line}`)
    else addSample(families, current, line)
  }
  return families
}

function addSample(
  families: ReadonlyMap<string, Family & { samples: Map<string, number> }>,
  current: string,
  line: string,
): void {
  const [, name = '', braces, number = ''] = /^([^{\s]+)(\{.*\})? (\S+)$/u.exec(line) ?? []
  if (name !== current) throw new Error(`a sample outside its family: ${line}`)
  const family = families.get(name)!
  const value = Number(number)
  if (!Number.isFinite(value)) throw new Error(`no number: ${line}`)
  if (family.type === 'counter' && value < 0) throw new Error(`a counter below zero: ${line}`)
  const labels = braces === undefined ? '' : labelsOf(braces, line)
  if (family.samples.has(labels)) throw new Error(`the same sample twice: ${line}`)
  family.samples.set(labels, value)
}

function labelsOf(braces: string, line: string): string {
  const pairs: string[] = []
  let rest = braces.slice(1, -1)
  while (rest !== '') {
    const [all, name = '', value = ''] = /^([^=]+)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/u.exec(rest) ?? []
    if (all === undefined || !labelName.test(name)) throw new Error(`no labels: ${line}`)
    pairs.push(`${name}=${value.replace(/\\(.)/gu, (_, char) => (char === 'n' ? '\n' : char))}`)
    rest = rest.slice(all.length)
  }
  return pairs.sort().join(',')
}
