import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { handoffEvents } from '../../src/handoffs/events.ts'
import type { Json } from '../../src/kernel/event.ts'
import { limits } from '../../src/kernel/limits.ts'
import { type HandOffInput, type HandOffReply, handOffTool } from '../../src/tools/hand-off-tool.ts'
import { requested } from '../handoffs/handoff-spec.ts'

const handedOff: HandOffReply = { status: 'handed_off', handoff: 'h1', to: 'tester', reason: 'A partner.' }

function stage(reply: HandOffReply = handedOff) {
  const asked: HandOffInput[] = []
  const tool = handOffTool(async (input) => {
    asked.push(input)
    return reply
  })
  return { asked, use: (input: Json) => tool.run(input, { key: 'k1', signal: new AbortController().signal }) }
}

describe('handing off', () => {
  test('takes need, receiver, context, what is provided, and how', async () => {
    const { asked, use } = stage()
    const input = {
      need: 'Test the upload.',
      to: 'tester',
      context: 'It is deployed.',
      provides: [{ requirement: 'changed components', value: 'upload' }],
      mode: 'ask',
    }
    const result = await use(input)
    expect(asked).toEqual([input])
    expect(result).toEqual({
      kind: 'returned',
      output: JSON.stringify(handedOff),
      isError: false,
      findings: [],
    })
  })

  test.each([[''], ['  '], [undefined], [null]])('to %j is to whom Daybook chooses', async (to) => {
    const { asked, use } = stage()
    await use((to === undefined ? { need: 'Test it.' } : { need: 'Test it.', to }) as Json)
    expect(asked).toHaveLength(1)
    expect(asked[0]?.to).toBe(undefined)
  })

  test('leaves blanks around a name out', async () => {
    const { asked, use } = stage()
    await use({ need: 'Test it.', to: ' @tester ' })
    expect(asked[0]?.to).toBe('tester')
  })

  const replies: [HandOffReply, string][] = [
    [handedOff, 'ok'],
    [{ status: 'nobody', handoff: 'h1', reason: 'Nobody fits.' }, 'ok'],
    [{ status: 'answered', handoff: 'h1', to: 'tester', answer: 'It works.' }, 'ok'],
    [{ status: 'unanswered', handoff: 'h1', to: 'tester', outcome: 'failed', reason: 'It broke.' }, 'error'],
    [{ status: 'refused', code: 'too_deep', reason: 'Finish here.' }, 'error'],
    [
      {
        status: 'returned',
        handoff: 'h1',
        need: 'Test it.',
        to: 'tester',
        missing: ['risks'],
        hint: 'Call again.',
      },
      'error',
    ],
  ]
  test.each(replies)('tells the sender what became of it: %j', async (reply, kind) => {
    const result = await stage(reply).use({ need: 'Test it.' })
    expect(result).toMatchObject({ output: JSON.stringify(reply), isError: kind === 'error' })
  })

  test('waits for an answer without a result', async () => {
    const reply: HandOffReply = { status: 'waiting', handoff: 'h1', reason: 'Waits for tester.' }
    expect(await stage(reply).use({ need: 'Test it.', mode: 'ask' })).toEqual({
      kind: 'waiting',
      waitsFor: 'answer',
      reason: 'Waits for tester.',
    })
  })
})

describe('input that does not fit hands nothing off, and gets an answer that helps', () => {
  const long = 'x'.repeat(limits.contextCharsMax + 1)
  const provides = (requirement: string, value: string) => ({
    need: 'A.',
    provides: [{ requirement, value }],
  })
  test.each<[string, Json, RegExp]>([
    ['nothing', null, /object/u],
    ['broken JSON', '{"need": "Te', /object/u],
    ['no need', {}, /need/u],
    ['an empty need', { need: '' }, /need/u],
    ['a need of blanks', { need: ' \n\t' }, /need/u],
    ['a long need', { need: long }, /need/u],
    ['a long context', { need: 'A.', context: long }, /context/u],
    ['a long name', { need: 'A.', to: long }, /to/u],
    ['a long requirement', provides(long, 'x'), /provides\.0\.requirement/u],
    ['a long value', provides('x', long), /provides\.0\.value/u],
    [
      'too many of them',
      { need: 'A.', provides: Array.from({ length: 99 }, () => ({ requirement: 'a', value: 'b' })) },
      /provides/u,
    ],
    ['another mode', { need: 'A.', mode: 'order' }, /mode: .*delegate.*ask/u],
    ['a name that is none', { need: 'A.', to: { constructor: 'x' } }, /to/u],
    ['half a character', { need: 'A \ud800' }, /need has .*surrogate/u],
  ])('%s', async (_, input, message) => {
    const { asked, use } = stage()
    const result = await use(input)
    expect(result).toMatchObject({ kind: 'returned', isError: true, output: expect.stringMatching(message) })
    expect(result.kind === 'returned' && result.output.length).toBeLessThan(2_000)
    expect(asked).toEqual([])
  })

  test('what does fit can go on record as it is', async () => {
    const piece = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }))
    const input = fc.record(
      {
        need: piece,
        to: piece,
        context: piece,
        provides: fc.array(fc.record({ requirement: piece, value: piece })),
        mode: fc.constantFrom('ask', 'delegate'),
      },
      { requiredKeys: ['need'] },
    )
    await fc.assert(
      fc.asyncProperty(input, async (given) => {
        const { asked, use } = stage()
        await use(given as Json)
        for (const { mode = 'delegate', context = '', provides: gives = [], ...rest } of asked) {
          const data = { ...requested.data, ...rest, mode, context, provides: gives }
          expect(handoffEvents.HandoffRequested.safeParse(data).error).toBe(undefined)
        }
      }),
    )
  })
})

test('a tool called like something of JavaScript is a receiver like any other', async () => {
  const { asked, use } = stage()
  await use({ need: 'Test it.', to: 'constructor' })
  expect(asked[0]).toEqual({ need: 'Test it.', to: 'constructor' })
})
