import { existsSync } from 'node:fs'
import { limits } from '../../src/kernel/limits.ts'
import type { Answered, Case, Expected, State, Target } from './case.ts'

/** Where executed input would leave a mark in this process. */
const marked = globalThis as { daybookWasRun?: unknown }
const prototypeAsItWas = Reflect.ownKeys(Object.prototype).length

/** Fires one case and says everything that is wrong with what came of it; nothing is the right answer. */
export async function judge<At extends Target>(one: Case<At>, target: At): Promise<string[]> {
  const fire = await one.aim(target)
  const before = await target.state()
  let answered: Answered
  try {
    answered = await fire()
  } catch (error) {
    return [`it threw: ${error instanceof Error ? error.stack : String(error)}`, ...ran(target)]
  }
  const after = await target.state()
  return [
    ...answerProblems(one.expects, answered),
    ...logProblems(one.expects, before, after),
    ...changed('section', before.documents, after.documents, one.expects),
    ...changed('file', before.files, after.files, one.expects),
    ...workProblems(answered),
    ...ran(target),
  ]
}

function answerProblems(expects: Expected, { code, says, wrong }: Answered): string[] {
  const problems = wrong === undefined ? [] : [wrong]
  if (code !== expects.code)
    problems.push(`it was answered with ${code} (${says.slice(0, 300)}), not ${expects.code}`)
  if (expects.kind === 'refused' && !expects.says.test(says))
    problems.push(`it says "${says.slice(0, 300)}", which does not match ${expects.says}`)
  if (/node_modules|\.ts:\d+:\d+/u.test(says))
    problems.push(`it tells of the program's inside: ${says.slice(0, 300)}`)
  return problems
}

/** What was there stays as it was, and nothing comes after it but what is expected. */
function logProblems(expects: Expected, before: State, after: State): string[] {
  const rewritten = before.events.findIndex(({ text }, index) => after.events[index]?.text !== text)
  if (rewritten >= 0) return [`event ${rewritten + 1} of the log is another one, or gone`]
  const added = after.events.slice(before.events.length).map(({ type }) => type)
  const records = expects.records ?? []
  if (expects.kind === 'refused') {
    const same = added.toSorted().join() === [...records].sort().join()
    return same ? [] : [`it left [${added}] in the log, and a refusal leaves [${records}]`]
  }
  const surplus = added.filter((type) => !records.includes(type))
  return surplus.length === 0 ? [] : [`it left [${surplus}] in the log, which it may not`]
}

function changed(
  what: string,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
  expects: Expected,
): string[] {
  const writes = expects.kind === 'harmless' ? expects.writes : undefined
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names]
    .filter((name) => name !== writes && before[name] !== after[name])
    .map((name) => {
      const how = before[name] === undefined ? 'is new' : after[name] === undefined ? 'is gone' : 'changed'
      return `the ${what} ${JSON.stringify(name)} ${how}: ${JSON.stringify(after[name]?.slice(0, 200))}`
    })
}

function workProblems({ work }: Answered): string[] {
  if (work.length === 0) return ['nothing says how much work it was']
  return work
    .filter(({ limit, used }) => !(used <= limits[limit]))
    .map(({ limit, used }) => `${limit} is ${limits[limit]}, and ${used} were used`)
}

function ran({ canary }: Target): string[] {
  const problems: string[] = []
  if (existsSync(canary)) problems.push(`code was run: ${canary} is there`)
  if (marked.daybookWasRun !== undefined) problems.push('code was run in this process')
  if (Reflect.ownKeys(Object.prototype).length !== prototypeAsItWas)
    problems.push('every object has a new member')
  return problems
}
