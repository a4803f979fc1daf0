import { streamCategory } from '../../src/kernel/event.ts'
import type { EventStore } from '../../src/store/port.ts'
import type { Execute, Plant, PlantedWorld } from './plant.ts'
import type { AnyDecider } from './sim-process.ts'

/** The faults that the laws must notice: each is one that such a system could have. */
export const plants: readonly Plant[] = [
  {
    name: 'appends whatever revision the stream has',
    breaks: ['append_passes_its_decider', 'stale_epoch_changes_nothing', 'recorded_call_is_not_repeated'],
    store: (store) =>
      around(store, { append: (stream, events) => store.append(stream, events, { expected: 'any' }) }),
  },
  {
    name: 'acknowledges before it stores',
    breaks: ['acknowledged_is_durable'],
    store: (store, world) => around(store, { append: acknowledgeFirst(store, world) }),
  },
  {
    name: 'asks the model again what is answered',
    breaks: ['recorded_call_is_not_repeated', 'call_has_its_own_intent'],
    model: (model, { world }) => ({
      runner: model.runner,
      async answer(request, call) {
        const result = await model.answer(request, call)
        const again = world.chance.happens(0.05)
        if (again) world.after(null, 200, () => void model.answer(request, call).catch(() => undefined))
        return result
      },
    }),
  },
  {
    name: 'gives a keyed tool a new key each time',
    breaks: ['effect_happens_once'],
    weather: { spoils: 'tool', likes: 'charge', rate: 0.03 },
    tool: (tool, { world }) => ({
      ...tool,
      run: (input, given) => tool.run(input, { ...given, key: `${given.key}-${world.steps}` }),
    }),
  },
  {
    name: 'does not look first with a probeable tool',
    breaks: ['effect_happens_once'],
    weather: { spoils: 'tool', likes: 'deploy', rate: 0.03 },
    tool: (tool) => (tool.class === 'probeable' ? { ...tool, class: 'keyed' } : tool),
  },
  {
    name: 'runs an unsafe tool again',
    breaks: ['effect_happens_once'],
    weather: { spoils: 'tool', likes: 'announce', rate: 0.03 },
    tool: (tool) => (tool.class === 'unsafe' ? { ...tool, class: 'keyed' } : tool),
  },
  {
    name: 'never lets a lease run out',
    breaks: ['work_ends_or_waits_with_reason', 'append_passes_its_decider'],
    decider: (decider) =>
      deciding(decider, (command, state) =>
        command.type === 'AcceptHandoff' && (state as { status: string }).status === 'accepted'
          ? { ...command, takeover: null }
          : command,
      ),
  },
  {
    name: 'loses a wake-up',
    breaks: ['work_ends_or_waits_with_reason'],
    timers: (timers, { world }) => ({
      ...timers,
      after: (ms, act) => (world.chance.happens(0.3) ? () => undefined : timers.after(ms, act)),
    }),
  },
  {
    name: 'hands a need over again when the session completes',
    breaks: ['need_is_handed_over_once'],
    execute: handOverAgain,
  },
  {
    name: 'edits without the id of the call',
    breaks: ['edit_names_its_call_once'],
    weather: { likes: 'memory' },
    decider: (decider) =>
      deciding(decider, (command) =>
        command.type === 'EditDocument' ? { ...command, call: undefined, session: undefined } : command,
      ),
  },
  {
    name: 'lets an agent write what people may',
    breaks: ['foreign_section_is_unchanged', 'append_passes_its_decider'],
    decider: (decider) =>
      deciding(decider, (command) =>
        command.type === 'EditDocument' ? { ...command, actor: { kind: 'person', id: 'somebody' } } : command,
      ),
  },
  {
    name: 'skips an event when it folds projections',
    breaks: ['projections_are_rebuild'],
    projecting: (store) => skipping(store, 3),
  },
  {
    name: 'skips an event when it follows the log',
    breaks: ['live_is_rebuild', 'work_ends_or_waits_with_reason', 'need_is_handed_over_once'],
    store: (store) => skipping(store, 40),
  },
  {
    name: 'reads one event too many for the past',
    breaks: ['as_of_is_fold_of_prefix'],
    past: (store) =>
      around(store, {
        readAll: (options = {}) =>
          options.until === undefined
            ? store.readAll(options)
            : store.readAll({ ...options, until: later(options.until) }),
      }),
  },
  {
    name: 'stores half of an append',
    breaks: ['append_passes_its_decider', 'log_is_proved'],
    store: (store) =>
      around(store, {
        append: (stream, events, options) => store.append(stream, events.slice(0, 1), options),
      }),
  },
  {
    name: 'gives an epoch a second time after a redrive',
    breaks: ['append_passes_its_decider', 'stale_epoch_changes_nothing'],
    decider: (decider, stream) =>
      streamCategory(stream) === 'handoff'
        ? deciding(
            decider,
            (command) => command,
            (state) => ({ ...(state as object), epoch: 0 }),
          )
        : decider,
  },
]

type Said = { readonly type: string; readonly [field: string]: unknown }

/** The rules, asked about another command or another state than there is. */
function deciding(
  decider: AnyDecider,
  say: (command: Said, state: unknown) => Said,
  see: (state: unknown) => unknown = (state) => state,
): AnyDecider {
  return {
    ...decider,
    decide: (command, state) => decider.decide(say(command as Said, state) as never, see(state) as never),
  }
}

function around(store: EventStore, other: Partial<EventStore>): EventStore {
  return new Proxy(store, {
    get(target, name) {
      const value = (Reflect.get(other, name) ?? Reflect.get(target, name, target)) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

function acknowledgeFirst(store: EventStore, { disk }: PlantedWorld): EventStore['append'] {
  return async (stream, events, options) => {
    store.append(stream, events, options).catch(() => undefined)
    const revision = disk.stream(stream).length + events.length - 1
    return { revision, position: disk.last ?? ('' as never) }
  }
}

/** Every `nth` handoff event is not seen by whoever reads all. */
function skipping(store: EventStore, nth: number): EventStore {
  const isSkipped = ({ stream, position }: { stream: string; position: string }) =>
    stream.startsWith('handoff-') && Number(position) % nth === 0
  return around(store, {
    async *readAll(options) {
      for await (const event of store.readAll(options)) if (!isSkipped(event)) yield event
    },
    async *subscribe(options) {
      for await (const item of store.subscribe(options))
        if (item.kind !== 'event' || !isSkipped(item.event)) yield item
    },
  })
}

function later(position: string): never {
  return String(Number(position) + 1).padStart(position.length, '0') as never
}

function handOverAgain(execute: Execute): Execute {
  const requested = new Map<string, Parameters<Execute>>()
  return async (target, command, meta) => {
    const { type, session } = command as { type: string; session?: string }
    if (type === 'RequestHandoff' && session !== undefined) requested.set(session, [target, command, meta])
    const mine =
      type === 'CompleteSession' ? requested.get(target.stream.slice('session-'.length)) : undefined
    if (mine !== undefined) await execute({ ...mine[0], stream: `${mine[0].stream}x` }, mine[1], mine[2])
    return execute(target, command, meta)
  }
}
