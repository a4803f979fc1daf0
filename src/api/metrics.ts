/** Counters of one app, in Prometheus' text format (version 0.0.4). */
export class Metrics {
  readonly #requests = new Map<string, { count: number; seconds: number }>()
  readonly #problems = new Map<string, number>()
  openEventStreams = 0
  requestsInFlight = 0

  /** An answer that was one; `code` is one of our own. */
  problem(code: string): void {
    this.#problems.set(code, (this.#problems.get(code) ?? 0) + 1)
  }

  /** `route` is the pattern, not the path: a label must not have a value a request. */
  answered(request: { method: string; route: string; status: number; seconds: number }): void {
    const { method, route, status, seconds } = request
    const labels = `method="${label(method)}",route="${label(route)}",status="${status}"`
    const before = this.#requests.get(labels) ?? { count: 0, seconds: 0 }
    this.#requests.set(labels, { count: before.count + 1, seconds: before.seconds + seconds })
  }

  /** `measures` are taken by the caller. */
  render(measures: readonly Measure[]): string {
    const requests = [...this.#requests]
    const own: Measure[] = [
      {
        name: 'daybook_http_requests_total',
        type: 'counter',
        help: 'Requests answered.',
        samples: requests.map(([labels, { count }]) => [`{${labels}}`, count]),
      },
      {
        name: 'daybook_http_request_seconds_total',
        type: 'counter',
        help: 'Time until the answer began.',
        samples: requests.map(([labels, { seconds }]) => [`{${labels}}`, Number(seconds.toFixed(6))]),
      },
      {
        name: 'daybook_http_problems_total',
        type: 'counter',
        help: 'Answers that were problems.',
        samples: [...this.#problems].map(([code, count]) => [`{code="${label(code)}"}`, count]),
      },
      {
        name: 'daybook_http_requests_in_flight',
        type: 'gauge',
        help: 'Requests whose answer has not begun.',
        samples: [['', this.requestsInFlight]],
      },
      {
        name: 'daybook_event_streams_open',
        type: 'gauge',
        help: 'Clients that follow the log.',
        samples: [['', this.openEventStreams]],
      },
    ]
    const families = [...own, ...measures].flatMap(({ name, type, help, samples }) => [
      ...family(name, type, help),
      ...samples.map(([labels, value]) => `${name}${labels} ${value}`),
    ])
    return `${families.join('\n')}\n`
  }
}

export interface Measure {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  /** Labels in braces, or nothing, and the number. */
  readonly samples: readonly (readonly [labels: string, value: number])[]
}

function family(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}

function label(value: string): string {
  return value.replace(/[\\"\n]/gu, (char) => (char === '\n' ? '\\n' : `\\${char}`))
}
