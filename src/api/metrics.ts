/** Counters of one app, in Prometheus' text format (version 0.0.4). */
export class Metrics {
  readonly #requests = new Map<string, { count: number; seconds: number }>()
  openEventStreams = 0

  /** `route` is the pattern, not the path: a label must not have a value a request. */
  answered(request: { method: string; route: string; status: number; seconds: number }): void {
    const { method, route, status, seconds } = request
    const labels = `method="${label(method)}",route="${label(route)}",status="${status}"`
    const before = this.#requests.get(labels) ?? { count: 0, seconds: 0 }
    this.#requests.set(labels, { count: before.count + 1, seconds: before.seconds + seconds })
  }

  /** `gauges` are measured by the caller. */
  render(gauges: readonly Gauge[]): string {
    const requests = [...this.#requests]
    const own: Gauge[] = [
      {
        name: 'daybook_event_streams_open',
        help: 'Clients that follow the log.',
        value: this.openEventStreams,
      },
    ]
    const families = [
      ...family('daybook_http_requests_total', 'counter', 'Requests answered.'),
      ...requests.map(([labels, { count }]) => `daybook_http_requests_total{${labels}} ${count}`),
      ...family('daybook_http_request_seconds_total', 'counter', 'Time until the answer began.'),
      ...requests.map(
        ([labels, { seconds }]) => `daybook_http_request_seconds_total{${labels}} ${seconds.toFixed(6)}`,
      ),
      ...[...own, ...gauges].flatMap(({ name, help, value, labels }) => [
        ...family(name, 'gauge', help),
        ...(labels ?? [['', value] as const]).map(([text, each]) => `${name}${text} ${each}`),
      ]),
    ]
    return `${families.join('\n')}\n`
  }
}

export interface Gauge {
  readonly name: string
  readonly help: string
  readonly value: number
  /** One sample each instead of `value`: labels in braces, and the number. */
  readonly labels?: readonly (readonly [string, number])[]
}

function family(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}

function label(value: string): string {
  return value.replace(/[\\"\n]/gu, (char) => (char === '\n' ? '\\n' : `\\${char}`))
}
