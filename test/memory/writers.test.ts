import { describe, expect, test } from 'vitest'
import { renderDocument } from '../../src/memory/document.ts'
import { agent, applied, at, claims, editOf, given, imported, person, saves, writes } from './spec.ts'

const twoSections = '# Notes\n\n## System Architecture\n\nold\n\n## Frontend Architecture\n\nReact\n'

describe('several write at once', () => {
  test('the same call edits once', () => {
    const command = writes('backend-architect', 'System Architecture', 'new\n', {
      session: 's1',
      call: 'c1',
    })
    const after = given(imported(twoSections)).when(command).after()
    given(after).when(command).thenNothing()
  })

  test('a revision that is stale for another section is no conflict', () => {
    const state = given(imported(twoSections)).when(
      writes('frontend-developer', 'Frontend Architecture', 'Vue\n'),
    )
    given(state.after())
      .when(
        writes('backend-architect', 'System Architecture', 'new\n', {
          expects: { kind: 'revision', revision: 0 },
        }),
      )
      .thenDocument('# Notes\n\n## System Architecture\n\nnew\n\n## Frontend Architecture\n\nVue\n')
  })

  test('for the same section it is a rejection with the text that stands there', () => {
    const state = given(imported(twoSections))
      .when(writes('backend-architect', 'System Architecture', 'one\n'))
      .after()
    given(state)
      .when(
        writes('backend-architect', 'System Architecture', 'two\n', {
          expects: { kind: 'revision', revision: 0 },
        }),
      )
      .thenRejects({ code: 'stale', revision: 1, current: '## System Architecture\n\none\n\n' })
    given(state)
      .when(
        writes('backend-architect', 'System Architecture', 'two\n', {
          expects: { kind: 'revision', revision: 1 },
        }),
      )
      .thenRefuses()
  })

  test('a section that is expected to be new must be new', () => {
    given(imported(twoSections))
      .when(writes('backend-architect', 'System Architecture', 'x\n', { expects: { kind: 'absent' } }))
      .thenRejects({ code: 'stale' })
  })

  test('a whole file from an older document takes nothing back', () => {
    const base = imported(twoSections)
    const now = given(base)
      .when(writes('frontend-developer', 'Frontend Architecture', 'Vue\n'))
      .after()
    given(now)
      .when(saves(agent('backend-architect'), twoSections.replace('old', 'new'), { base }))
      .thenDocument('# Notes\n\n## System Architecture\n\nnew\n\n## Frontend Architecture\n\nVue\n')
      .thenRefuses()
  })

  test('changes of one section that do not touch are merged', () => {
    const base = imported('## System Architecture\n\none\n\ntwo\n\nthree\n')
    const now = given(base)
      .when(writes('backend-architect', 'System Architecture', 'ONE\n\ntwo\n\nthree\n'))
      .after()
    given(now)
      .when(saves(person, '## System Architecture\n\none\n\ntwo\n\nTHREE\n', { base, via: 'disk' }))
      .thenDocument('## System Architecture\n\nONE\n\ntwo\n\nTHREE\n')
  })

  test('changes that touch are a conflict: on disk both are recorded, elsewhere the writer is told', () => {
    const base = imported('## System Architecture\n\none\n')
    const now = given(base)
      .when(writes('backend-architect', 'System Architecture', 'agent\n'))
      .after()
    const text = '## System Architecture\n\nperson\n'
    const { decision, after } = given(now).when(saves(person, text, { base, via: 'disk' }))
    expect(decision).toMatchObject({
      events: [{ type: 'EditConflicted', data: { theirs: text, ours: '## System Architecture\n\nagent\n' } }],
    })
    expect(renderDocument(after())).toBe('## System Architecture\n\nagent\n')
    given(now)
      .when(saves(person, text, { base, via: 'api' }))
      .thenRejects({ code: 'stale' })
  })

  test.each([
    ['one would hold two sections', ['```', '', '', '```', ''], ['', '<!--', '', '', '## Other\n-->']],
    ['one would leave a fence open', ['<!--', '', '-->', '', ''], ['', '```', '', '```', '']],
  ])('what each may write and both together may not is a conflict: %s', (_, ours, theirs) => {
    const textWith = (put: readonly string[]) =>
      ['one', 'two', 'three', 'four', 'five']
        .map((word, index) => `${put[index] === '' ? '' : `${put[index]}\n`}${word}\nmore ${word}\n`)
        .join('')
    const heading = '## System Architecture\n\n'
    const base = imported(heading + textWith(['', '', '', '', '']))
    const now = given(base)
      .when(saves(person, heading + textWith(ours), { base }))
      .after()
    const text = heading + textWith(theirs)
    given(base).when(saves(person, text)).thenDocument(text)
    const saved = given(now).when(saves(person, text, { base, via: 'disk' }))
    expect(saved.decision).toMatchObject({ events: [{ type: 'EditConflicted', data: { theirs: text } }] })
    saved.thenDocument(heading + textWith(ours))
  })

  test('what others opened meanwhile stays', () => {
    const base = imported('# Notes\n')
    const now = given(base)
      .when(writes('backend-architect', 'System Architecture', 'a\n'))
      .after()
    given(now)
      .when(saves(person, '# Notes\n\n## People\n\np\n', { base, via: 'disk' }))
      .thenRefuses()
      .thenDocument('# Notes\n\n## People\n\np\n\n## System Architecture\n\na\n')
  })
})

describe('a section that was given to somebody else meanwhile', () => {
  const base = imported(twoSections)
  const give = (owner: string | null) =>
    given(base)
      .when({
        type: 'AssignSection',
        document: 'insights',
        section: 'System Architecture',
        owner,
        actor: person,
        via: 'cli',
      })
      .after()
  const other = twoSections.replace('old', 'new')

  test.each(['frontend-developer', 'writer'])('is not changed by who had it, but by %s', (owner) => {
    const now = give(owner)
    given(now)
      .when(writes('backend-architect', 'System Architecture', 'new\n', { base }))
      .thenRejects({ code: 'not_owner', owner, heading: 'System Architecture' })
    given(now)
      .when(saves(agent('backend-architect'), other, { base }))
      .thenRejects({ code: 'not_owner', owner })
    given(now)
      .when(saves(agent(owner), other, { base }))
      .thenDocument(other)
  })

  test("is its own still where it is people's and its claim on the heading came first", () => {
    given(give(null))
      .when(saves(agent('backend-architect'), other, { base }))
      .thenDocument(other)
  })

  test("is nobody's to open again by an older document", () => {
    const without = imported('# Notes\n')
    const opened = given(without)
      .when(saves(person, '# Notes\n\n## System Architecture\n\nOurs.\n', { claims: [] }))
      .after()
    given(opened)
      .when(saves(agent('frontend-developer'), '# Notes\n\n## System Architecture\n\nx\n', { base: without }))
      .thenRejects({ code: 'not_owner' })
  })
})

describe('people change anything', () => {
  test('a renamed section keeps its id and owner', () => {
    const state = imported(twoSections)
    const after = given(state)
      .when(saves(person, twoSections.replace('## Frontend Architecture', '## Screens')))
      .after()
    expect(after.sections[1]).toMatchObject({
      section: 'old-2',
      heading: 'Screens',
      owner: 'frontend-developer',
    })
    given(after)
      .when(writes('frontend-developer', 'Frontend Architecture', 'Vue\n'))
      .thenRejects({ code: 'renamed' })
    given(after)
      .when(writes('frontend-developer', 'Screens', 'Vue\n'))
      .thenRefuses()
  })

  test('moved, removed and opened sections keep every byte', () => {
    const before = '# T\n## A\n\na\n## B\nb\n\n\n## C\r\nc'
    const after = '\n# T\n## C\r\nc\n## D\n## A\n\nchanged\n'
    given(imported(before)).when(saves(person, after)).thenDocument(after)
  })

  test('a restored section is written again', () => {
    const state = imported(twoSections)
    const later = given(state)
      .when(writes('backend-architect', 'System Architecture', 'new\n'))
      .after()
    const { section, text, event } = state.sections[0]!
    const edit = { document: 'insights', actor: person, claims, via: 'cli', at, idBase: 'r' } as const
    given(later)
      .when({ ...edit, type: 'RestoreSection', section, text, restores: event })
      .thenDocument(twoSections)
  })

  test('an import is done once', () => {
    const again = { type: 'ImportDocument', document: 'insights', claims, idBase: 'x' } as const
    given(imported(twoSections))
      .when({ ...again, text: twoSections })
      .thenNothing()
    given(imported(twoSections))
      .when({ ...again, text: 'other' })
      .thenRejects({ code: 'already_imported' })
  })

  test('a section that is not there cannot be taken out', () => {
    given(imported(twoSections))
      .when(editOf(person, { edit: { kind: 'section', section: 'Nothing', text: null } }))
      .thenRejects({ code: 'not_found' })
  })
})

test('calls are remembered within a limit', () => {
  let state = imported('')
  for (let index = 0; index < 510; index += 1) {
    const changes = [{ kind: 'preface' as const, text: String(index) }]
    state = applied(state, [
      { type: 'DocumentEdited', data: { document: 'insights', changes, via: 'tool', call: `c${index}` } },
    ])
  }
  expect(state.applied).toHaveLength(500)
  expect(state.applied.at(-1)).toBe('c509')
})
