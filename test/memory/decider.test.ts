import { describe, expect, test } from 'vitest'
import { emptyDocument, findSection, renderDocument } from '../../src/memory/document.ts'
import { agent, claims, datedTemplate, editOf, given, imported, person, saves, writes } from './spec.ts'

const twoSections = '# Notes\n\n## System Architecture\n\nold\n\n## Frontend Architecture\n\nReact\n'

describe('a section belongs to somebody', () => {
  test('its owner writes it, and the rest of the file keeps its bytes', () => {
    given(imported(twoSections))
      .when(writes('backend-architect', 'System Architecture', '## System Architecture\n\nnew\n'))
      .thenDocument('# Notes\n\n## System Architecture\n\nnew\n\n## Frontend Architecture\n\nReact\n')
  })

  test('another agent cannot write into it', () => {
    given(imported(twoSections))
      .when(writes('backend-architect', 'frontend-architecture', 'Vue\n'))
      .thenRejects({ code: 'not_owner', owner: 'frontend-developer', heading: 'Frontend Architecture' })
  })

  test('a whole file that changes an own and a foreign section saves the own and refuses the foreign', () => {
    given(imported(twoSections))
      .when(
        saves(agent('backend-architect'), twoSections.replace('old', 'new').replace('React', 'no framework')),
      )
      .thenDocument(twoSections.replace('old', 'new'))
      .thenRefuses({
        code: 'not_owner',
        document: 'insights',
        heading: 'Frontend Architecture',
        owner: 'frontend-developer',
      })
  })

  test('a whole file that leaves a foreign section out does not remove it', () => {
    given(imported(twoSections))
      .when(saves(agent('backend-architect'), '# Notes\n\n## System Architecture\n\nnew\n'))
      .thenDocument(twoSections.replace('old', 'new'))
      .thenRefuses({ code: 'not_owner', owner: 'frontend-developer' })
  })

  test('the preamble and the order are for people', () => {
    const reordered = '# Mine\n\n## Frontend Architecture\n\nReact\n\n## System Architecture\n\nold\n'
    given(imported(twoSections))
      .when(saves(agent('backend-architect'), reordered))
      .thenRejects({ refusals: [{ code: 'not_owner', heading: '' }, { code: 'moved' }] })
  })

  test('blank lines and line endings around foreign sections are no change of them', () => {
    given(imported(twoSections.replaceAll('\n', '\r\n')))
      .when(saves(agent('backend-architect'), `${twoSections.replace('old', 'new')}\n\n`))
      .thenDocument(twoSections.replace('old', 'new').replaceAll('\n', '\r\n'))
      .thenRefuses()
  })

  test('an unowned section whose heading an agent claims becomes its own with its first change', () => {
    const state = imported(twoSections, [])
    const after = given(state)
      .when(writes('backend-architect', 'System Architecture', 'mine\n'))
      .after()
    expect(after.sections.map((section) => section.owner)).toEqual(['backend-architect', null])
  })

  test('of two agents with one claim the first registered keeps it', () => {
    const both = [...claims, { agent: 'newcomer', heading: 'system  architecture' }]
    given(emptyDocument('insights'))
      .when(writes('newcomer', 'System Architecture', 'mine\n', { claims: both }))
      .thenRejects({ code: 'not_owner', owner: 'backend-architect' })
  })

  test('a heading that nobody claims is opened by people only', () => {
    given(imported(twoSections))
      .when(saves(agent('backend-architect'), `${twoSections}\n## Rumours\n\nx\n`))
      .thenRejects({ code: 'not_claimed', heading: 'Rumours' })
    given(imported(twoSections))
      .when(saves(person, `${twoSections}\n## Rumours\n\nx\n`))
      .thenDocument(`${twoSections}\n## Rumours\n\nx\n`)
  })

  test('an agent keeps the heading of its section', () => {
    given(imported(twoSections))
      .when(
        saves(agent('backend-architect'), twoSections.replace('## System Architecture', '## All My Things')),
      )
      .thenRejects({ code: 'wrong_heading', owner: 'backend-architect' })
  })

  test('a worker is no person', () => {
    given(imported(twoSections))
      .when(saves({ kind: 'worker', id: 'w1' }, twoSections.replace('old', 'new')))
      .thenRejects({ code: 'not_owner' })
  })

  test('only people assign sections', () => {
    const state = imported(twoSections)
    const command = {
      type: 'AssignSection',
      document: 'insights',
      section: 'system-architecture',
      owner: null,
      via: 'cli',
    } as const
    given(state)
      .when({ ...command, actor: agent('frontend-developer') })
      .thenRejects({ code: 'not_owner' })
    const after = given(state)
      .when({ ...command, actor: person })
      .after()
    expect(findSection(after, 'System Architecture')?.owner).toBeNull()
    given(after)
      .when({ ...command, actor: person })
      .thenNothing()
  })
})

describe('a section opens at the end', () => {
  const own = '## System Architecture\n\nfirst\n'
  test.each([
    ['an empty document', '', own],
    ['no final newline', '# Notes', `# Notes\n\n${own}`],
    ['one final newline', '# Notes\n', `# Notes\n\n${own}`],
    ['a blank line', '# Notes\n\n', `# Notes\n\n${own}`],
    ['a comment without a newline', '## A\n\n<!-- end -->', `## A\n\n<!-- end -->\n\n${own}`],
    ['a list and a quote', '## A\n\n- one\n  > two\n   three', `## A\n\n- one\n  > two\n   three\n\n${own}`],
    [
      'a heading in HTML',
      '## A\n\n<div>\n## no heading\n</div>',
      `## A\n\n<div>\n## no heading\n</div>\n\n${own}`,
    ],
    ['a byte order mark', '\uFEFF', `\uFEFF${own}`],
    ['CRLF', '# Notes\r\n', `# Notes\r\n\r\n${own.replaceAll('\n', '\r\n')}`],
  ])('after %s', (_, before, expected) => {
    const after = given(imported(before))
      .when(writes('backend-architect', 'System Architecture', own))
      .thenDocument(expected)
      .after()
    expect(after.sections.at(-1)).toMatchObject({
      heading: 'System Architecture',
      owner: 'backend-architect',
    })
  })

  test.each([
    ['a fence', '## A\n\n```js\nx', 4, 3],
    ['a comment', '## A\n\ntext\n\n<!-- never\nclosed\n', 5, 5],
    ['a script', '# T\n\n<script>\nlet a\n', 3, 3],
  ])('but not after %s that is open, and the line is named', (_, before, __, line) => {
    given(imported(before))
      .when(writes('backend-architect', 'System Architecture', own))
      .thenRejects({ code: 'open_block', line })
  })

  test('a document that is not there yet begins empty', () => {
    const { decision } = given(emptyDocument('insights')).when(
      writes('backend-architect', 'system-architecture', 'first\n'),
    )
    expect(decision).toMatchObject({
      events: [
        { type: 'DocumentImported', data: { preamble: '', sections: [] } },
        {
          type: 'DocumentEdited',
          data: { changes: [{ kind: 'opened', heading: 'System Architecture', owner: 'backend-architect' }] },
        },
      ],
    })
  })

  test('once: a second one is refused', () => {
    given(imported(twoSections))
      .when(saves(agent('backend-architect'), `${twoSections}\n## System Architecture\n\nagain\n`))
      .thenRejects({ code: 'duplicate_section' })
  })
})

describe('a section stays one section', () => {
  const write = (text: string) =>
    given(imported(twoSections)).when(writes('backend-architect', 'System Architecture', text))

  test.each([
    ['an ATX heading', 'a\n\n## Other\n', 'opens_section'],
    ['an indented heading', 'a\n   ## Other ##\n', 'opens_section'],
    ['a heading after a tab', 'a\n##\tOther\n', 'opens_section'],
    ['an underlined heading', 'a\n\nOther\n---\n', 'opens_section'],
    ['a heading after CR alone', 'a\r## Other\r', 'opens_section'],
    ['an open fence', 'a\n\n~~~\nb\n', 'open_block'],
    ['an open comment', 'a\n\n<!-- b\n', 'open_block'],
    ['an open processing instruction', 'a\n\n<?php\n', 'open_block'],
    ['an open declaration', 'a\n\n<!DOCTYPE\n', 'open_block'],
    ['open CDATA', 'a\n\n<![CDATA[\n', 'open_block'],
    ['an open script', 'a\n\n<script>\n\n', 'open_block'],
    ['a Unicode line separator', 'a\u2028## Other\n', 'forbidden_character'],
    ['next line', 'a\u0085## Other\n', 'forbidden_character'],
    ['a bidi override', 'a \u202E b\n', 'forbidden_character'],
    ['a tag character', 'a \u{E0041}\n', 'forbidden_character'],
    ['a terminal escape', 'a \u001B[2J\n', 'forbidden_character'],
    ['a lone surrogate', 'a \uD800\n', 'not_text'],
    ['NUL', 'a \0\n', 'not_text'],
    ['too much', 'a\n'.repeat(200_000), 'too_large'],
    ['deep nesting', '- '.repeat(5_000), 'too_deep'],
  ])('%s is refused', (_, text, code) => {
    write(text).thenRejects({ code })
  })

  test('a refusal names the line and the character', () => {
    write('one\n\ntwo \u202E\n').thenRejects({ line: 5, codePoint: 'U+202E' })
  })

  test.each([
    ['a fence with a heading in it', '```\n## not a heading\n```\n'],
    ['HTML that ends with the blank line', '<div>\n'],
    ['a list that is open', '- a\n  - b\n'],
    ['a heading in a quote', '> ## quoted\n'],
    ['no final newline', 'a'],
  ])('%s is fine', (_, text) => {
    const after = write(text).after()
    expect(after.sections.map((section) => section.heading)).toEqual([
      'System Architecture',
      'Frontend Architecture',
    ])
    expect(imported(renderDocument(after)).sections).toHaveLength(2)
  })
})

describe('a section that goes leaves its neighbours as they are', () => {
  test('an agent takes its own section out', () => {
    given(imported(twoSections))
      .when(saves(agent('backend-architect'), '# Notes\n\n## Frontend Architecture\n\nReact\n'))
      .thenDocument('# Notes\n\n## Frontend Architecture\n\nReact\n')
  })

  test('the next heading gets the blank line that it needs now', () => {
    const before = 'text\n## System Architecture\n\nx\n\nOther\n---\n\ny\n'
    given(imported(before))
      .when(saves(agent('backend-architect'), 'text\n\nOther\n---\n\ny\n'))
      .thenDocument('text\n\nOther\n---\n\ny\n')
  })

  test('but stays where the next heading would become part of what stands before', () => {
    const before = '1. one\n\n## System Architecture\n\nx\n\n   ## Other\n\ny\n'
    const without = '1. one\n\n   ## Other\n\ny\n'
    given(imported(before))
      .when(
        editOf(agent('backend-architect'), {
          edit: { kind: 'section', section: 'System Architecture', text: null },
        }),
      )
      .thenRejects({ code: 'open_block', line: 1, heading: 'System Architecture' })
    given(imported(before)).when(saves(person, without)).thenDocument(without)
  })
})

describe('what an agent promises', () => {
  const template = datedTemplate
  const own = (text: string) => writes('backend-architect', 'System Architecture', text, { template })

  test('"Last updated" is the day of the edit', () => {
    given(emptyDocument('insights'))
      .when(own('### Lessons Learned\n\nx\n\nLast updated: [Date]\n'))
      .thenDocument('## System Architecture\n\n### Lessons Learned\n\nx\n\nLast updated: 2025-11-22\n')
    given(emptyDocument('insights'))
      .when(own('x'))
      .thenDocument('## System Architecture\n\nx\n\nLast updated: 2025-11-22\n')
  })

  test('and alone is no change', () => {
    const state = imported('## System Architecture\n\nx\n\n*Last updated: 2020-01-01*\n')
    given(state).when(own('## System Architecture\n\nx\n\n*Last updated: 2025-11-22*\n')).thenNothing()
    given(state)
      .when(own('y\n\n*Last updated: never*\n'))
      .thenDocument('## System Architecture\n\ny\n\n*Last updated: 2025-11-22*\n')
  })

  test('a missing sub-heading is a diagnostic, not a refusal', () => {
    const { decision } = given(emptyDocument('insights')).when(own('### Lessons learned\n\nx\n'))
    expect(decision).toMatchObject({
      kind: 'accepted',
      refusals: [],
      diagnostics: [{ code: 'missing_subheading' }],
    })
  })
})
