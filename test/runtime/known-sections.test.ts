import { expect, test } from 'vitest'
import type { EditDocument } from '../../src/memory/decider.ts'
import { contentId } from '../../src/runtime/digest.ts'
import type { Project } from '../../src/runtime/project.ts'
import * as targets from '../../src/runtime/targets.ts'
import { person } from '../projections/events.ts'
import { insights, type ToolStage, toolStage } from './tool-stage.ts'
import { done, inTurn, type Script, use } from './worker-stage.ts'

const heading = 'Backend Work'
const own = (...lines: string[]) => `## ${heading}\n\n${lines.join('\n')}\n`
const writes = (...lines: string[]) =>
  use('memory', { command: 'write_section', document: 'insights', heading, text: own(...lines) })

/** A person changes the agent's section, each text once, whatever it is asked. */
async function personWrites(project: Project, text: string | null): Promise<void> {
  const command: EditDocument = {
    type: 'EditDocument',
    document: 'insights',
    edit: { kind: 'section', section: heading, text },
    actor: person,
    claims: [],
    call: contentId('person', text ?? ''),
    via: 'cli',
    at: new Date().toISOString(),
    idBase: contentId('person', text ?? 'gone'),
  }
  const outcome = await project.streams.execute(targets.document('insights'), command, { actor: person })
  if (outcome.kind === 'rejected') throw new Error(outcome.rejection.message)
}

interface Turn {
  /** What a person does while the model thinks. */
  readonly meanwhile?: string | null
  readonly answer: ReturnType<Script>
}

/** The agent's answers one after the other, with what a person does right before each. */
async function played(...turns: Turn[]): Promise<ToolStage> {
  let given: ToolStage | null = null
  const script = inTurn(...turns.map(({ answer }) => answer))
  given = await toolStage(script)
  const { project } = given
  const execute = project.streams.execute.bind(project.streams)
  let turn = 0
  Object.assign(project.streams, {
    execute: async (...args: Parameters<typeof execute>) => {
      const { type } = args[1] as { type: string }
      if (type === 'RecordAnswer') {
        const { meanwhile } = turns[Math.min(turn, turns.length - 1)]!
        turn += 1
        if (meanwhile !== undefined) await personWrites(project, meanwhile)
      }
      return execute(...args)
    },
  })
  await given.drain()
  return given
}

const results = async (given: ToolStage) =>
  (await given.data('ToolReturned')) as { output: string; isError: boolean }[]
const document = (text: string) =>
  insights.replace('## Backend Work\n\nLast words of the backend.\n', text.trimEnd().concat('\n'))

test('a section that is as it was given is written', async () => {
  const given = await played({ answer: writes('New words.') }, { answer: done })
  expect(await given.document()).toBe(document(own('New words.')))
  expect((await results(given))[0]?.output).not.toContain('reads now')
})

test('a person’s change in other lines is merged, and the agent told the whole', async () => {
  const given = await played(
    { answer: writes('Last words of the backend.', '', 'More words.') },
    {
      answer: writes('Last words of the backend.', '', 'Still more words.'),
      meanwhile: `${own('Person above.', '', 'Last words of the backend.', '', 'More words.')}`,
    },
    { answer: done },
  )
  expect(await given.document()).toContain('Person above.\n\nLast words of the backend.\n\nStill more words.')
  const [, second] = await results(given)
  expect(second).toMatchObject({ isError: false })
  expect(second?.output).toContain('reads now:\n\n## Backend Work\n\nPerson above.')
  expect(await given.data('EditRefused')).toEqual([])
})

test('a person’s change of the same line makes a write stale; told the text, the next one goes through', async () => {
  const given = await played(
    { answer: writes('My words.'), meanwhile: own('A person’s words.') },
    { answer: writes('A person’s words, and mine.') },
    { answer: done },
  )
  const [first, second] = await results(given)
  expect(first).toMatchObject({ isError: true })
  expect(first?.output).toContain('reads now:\n\n## Backend Work\n\nA person’s words.')
  expect(second).toMatchObject({ isError: false })
  expect(await given.document()).toBe(document(own('A person’s words, and mine.')))
  expect(await given.data('EditRefused')).toMatchObject([{ code: 'stale', heading }])
})

test('its own words are no news to it', async () => {
  const given = await played({ answer: writes('One.') }, { answer: writes('Two.') }, { answer: done })
  expect(await given.document()).toBe(document(own('Two.')))
  expect((await results(given)).map(({ output }) => output.includes('reads now'))).toEqual([false, false])
})

test('a section that a person took out is not quietly put back', async () => {
  const given = await played(
    { answer: writes('My words.'), meanwhile: null },
    { answer: writes('Again, since it is gone.') },
    { answer: done },
  )
  expect((await results(given)).map(({ isError }) => isError)).toEqual([true, false])
  expect(await given.document()).toContain('Again, since it is gone.')
})

test('lines that it replaced without seeing the rest are told before it writes the whole', async () => {
  const given = await played(
    {
      answer: use('memory', {
        command: 'str_replace',
        path: 'insights',
        old_str: 'Last words of the backend.',
        new_str: 'Replaced words.',
      }),
      meanwhile: own('Last words of the backend.', '', 'Person below.'),
    },
    { answer: done },
  )
  expect((await results(given))[0]?.output).toContain('Person below.')
  expect(await given.data('SectionRead')).toHaveLength(1)
})

test('another process that goes on with the session knows what it had seen', async () => {
  const given = await toolStage(inTurn(writes('My words.'), writes('Both words.'), done))
  await given.dieAt('ToolCalled', 'after')
  const again = given.reborn()
  await personWrites(again.project, own('A person’s words.'))
  await again.drain()
  expect((await results(again)).map(({ isError }) => isError)).toEqual([true, false])
  expect(await again.document()).toBe(document(own('Both words.')))
})
