import type { SessionRun } from '../../../src/runtime/session/session-run.ts'
import { toolsFor as own } from '../../../src/runtime/session/tools-for.ts'
import type { Tool } from '../../../src/tools/port.ts'
import { outsideTools } from '../outside-tools.ts'
import { orders, place } from '../point.ts'

/** The session's tools and those of the server outside, with a place to die before and after every use and look. */
export function toolsFor(run: Omit<SessionRun, 'tools'>): Tool[] {
  return [...own(run), ...outsideTools()].map(dying)
}

function dying(tool: Tool): Tool {
  const { probe, settled } = tool
  return {
    ...tool,
    run: (input, call) => around(`effect:${tool.name}`, () => tool.run(input, keyOf(call))),
    ...(probe === undefined
      ? {}
      : {
          probe: (input, call) =>
            around(`look:${tool.name}`, async () =>
              orders.plant === 'never_looks' ? null : probe(input, call),
            ),
        }),
    ...(settled === undefined
      ? {}
      : { settled: (key) => around(`settled:${tool.name}`, () => settled(key)) }),
  }
}

function keyOf<Call extends { readonly key: string }>(call: Call): Call {
  return orders.plant === 'new_key_each_time' ? { ...call, key: `${call.key}-${process.pid}` } : call
}

async function around<Result>(what: string, act: () => Promise<Result>): Promise<Result> {
  const here = place(what)
  here.pass('before')
  const result = await act()
  here.pass('after')
  return result
}
