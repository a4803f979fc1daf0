import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Case, Target } from './case.ts'
import { agentFileCases } from './cases/agent-file.ts'
import { commandCases } from './cases/command-line.ts'
import { handoffCases } from './cases/handoff.ts'
import { httpCases } from './cases/http.ts'
import { memoryCases } from './cases/memory-update.ts'
import { modelCases } from './cases/model-output.ts'
import { storeCases } from './cases/store-file.ts'
import { judge } from './judge.ts'
import { commandTarget } from './targets/command-line.ts'
import { modelTarget } from './targets/model.ts'
import { serverTarget } from './targets/server.ts'
import { storeTarget } from './targets/store-file.ts'

/** The guards that are taken out, by name. Nothing in the product knows of this: the modules are replaced here. */
const holes = vi.hoisted(() => new Set<string>())

vi.mock(import('../../src/runtime/loopback.ts'), async (original) => {
  const { isLoopback, ...rest } = await original()
  return { ...rest, isLoopback: (host: string) => holes.has('any Host') || isLoopback(host) }
})
vi.mock(import('../../src/api/guards/json-body.ts'), async (original) => {
  const { jsonBody, boundedBody } = await original()
  const unless = (hole: string, guard: ReturnType<typeof jsonBody>): typeof guard => {
    return (c, next) => (holes.has(hole) ? next() : guard(c, next))
  }
  return {
    jsonBody: () => unless('any body', jsonBody()),
    boundedBody: () => unless('any size', boundedBody()),
  }
})
vi.mock(import('../../src/runtime/access/api-keys.ts'), async (original) => {
  const { isSame, ...rest } = await original()
  const begins = (one: string, other: string) => one.startsWith(other.slice(0, -1))
  return {
    ...rest,
    isSame: (one, other) => (holes.has('nearly the key') ? begins(one, other) : isSame(one, other)),
  }
})
vi.mock(import('../../src/memory/boundaries.ts'), async (original) => {
  const { boundaryProblem, ...rest } = await original()
  return {
    ...rest,
    boundaryProblem: (...given) => (holes.has('any boundary') ? null : boundaryProblem(...given)),
  }
})
vi.mock(import('../../src/memory/allowed-text.ts'), async (original) => {
  const { deceptive, ...rest } = await original()
  return { ...rest, deceptive: (text) => (holes.has('any character') ? null : deceptive(text)) }
})
vi.mock(import('../../src/api/guards/permitted-caller.ts'), async (original) => {
  const { permittedCaller } = await original()
  return {
    permittedCaller: () => {
      const guard = permittedCaller()
      return (c, next) => (holes.has('any role') ? next() : guard(c, next))
    },
  }
})
vi.mock(import('../../src/agents/front-matter.ts'), async (original) => {
  const { readFrontMatter } = await original()
  return {
    readFrontMatter: (file) => {
      const code = /^\W*---\s*js\s(.*)\n---/isu.exec(file)?.[1]
      // What gray-matter does by itself.
      if (holes.has('run the front matter') && code !== undefined)
        new Function('require', `return ${code}`)((name: string) => process.getBuiltinModule(name))
      return readFrontMatter(file)
    },
  }
})
vi.mock(import('../../src/runtime/secrets/find-secrets.ts'), async (original) => {
  const { findSecrets, withoutSecretWords, mayHoldSecrets } = await original()
  const none = () => holes.has('any secret')
  return {
    findSecrets: async (text) => (none() ? [] : findSecrets(text)),
    mayHoldSecrets: (text) => !none() && mayHoldSecrets(text),
    withoutSecretWords: (text) => (none() ? text : withoutSecretWords(text)),
  }
})
vi.mock(import('../../src/cli/output.ts'), async (original) => {
  const { report, ...rest } = await original()
  return {
    ...rest,
    report: async (error) => {
      const code = await report(error)
      return holes.has('any exit') ? 0 : code
    },
  }
})
vi.mock(import('../../src/store/sqlite/check-database.ts'), async (original) => {
  const { checkWhole, checkIdentity, ...rest } = await original()
  return {
    ...rest,
    checkWhole: (...given) => (holes.has('any rows') ? undefined : checkWhole(...given)),
    checkIdentity: (...given) => (holes.has('any database') ? undefined : checkIdentity(...given)),
  }
})
vi.mock(import('../../src/runtime/seals/verify-log.ts'), async (original) => {
  const { verifyLog } = await original()
  return {
    verifyLog: async (...given) => {
      const verified = await verifyLog(...given)
      return holes.has('any digest') ? { ...verified, ok: true, firstBad: null, findings: [] } : verified
    },
  }
})
vi.mock(import('../../src/tools/confined-path.ts'), async (original) => {
  const { partsOf, ...rest } = await original()
  const loose: typeof partsOf = (path, roots) =>
    partsOf(holes.has('any path') ? path.replaceAll('../', '') : path, roots)
  return { ...rest, partsOf: loose }
})

afterEach(() => {
  holes.clear()
  delete (globalThis as { daybookWasRun?: unknown }).daybookWasRun
})

interface Plant<At extends Target> {
  readonly hole: string
  readonly cases: readonly Case<At>[]
  readonly hazard: string
  readonly open: () => Promise<At & { close(): unknown }>
}

/** A case of the hazard fails while the guard is out, and the same one passes when it is back. */
function fails<At extends Target>({ hole, cases, hazard, open }: Plant<At>): void {
  test(`${hole}: ${hazard}`, async () => {
    holes.add(hole)
    let failed: Case<At> | null = null
    for (const one of cases.filter((each) => each.hazard === hazard).slice(0, 4)) {
      if ((await problemsOf(one, open)).length === 0) continue
      failed = one
      break
    }
    expect(failed).not.toBeNull()
    holes.clear()
    delete (globalThis as { daybookWasRun?: unknown }).daybookWasRun
    expect(await problemsOf(failed!, open)).toEqual([])
  })
}

async function problemsOf<At extends Target>(one: Case<At>, open: Plant<At>['open']): Promise<string[]> {
  const target = await open()
  try {
    return await judge(one, target)
  } finally {
    await target.close()
  }
}

const elsewhere = () => serverTarget({ external: 'all' })

describe('a server without a guard fails', () => {
  fails({ hole: 'any Host', cases: httpCases, hazard: 'foreign Host', open: serverTarget })
  fails({ hole: 'any body', cases: httpCases, hazard: 'prototype pollution', open: serverTarget })
  fails({ hole: 'any body', cases: httpCases, hazard: 'deep JSON', open: serverTarget })
  fails({ hole: 'any size', cases: httpCases, hazard: 'oversize with length', open: serverTarget })
  fails({ hole: 'nearly the key', cases: httpCases, hazard: 'wrong keys', open: serverTarget })
  fails({ hole: 'any boundary', cases: memoryCases, hazard: 'an indented heading', open: serverTarget })
  fails({ hole: 'any boundary', cases: memoryCases, hazard: 'an unclosed fence', open: serverTarget })
  fails({ hole: 'any character', cases: memoryCases, hazard: 'bidi characters', open: serverTarget })
  fails({ hole: 'any secret', cases: memoryCases, hazard: 'secrets', open: serverTarget })
  fails({
    hole: 'any role',
    cases: handoffCases,
    hazard: 'an agent that inflates its own record',
    open: elsewhere,
  })
  fails({ hole: 'any path', cases: modelCases, hazard: 'traversal in file tools', open: modelTarget })
  fails({ hole: 'any secret', cases: modelCases, hazard: 'an echoed secret', open: modelTarget })
})

describe('a command line without a guard fails', () => {
  fails({
    hole: 'run the front matter',
    cases: agentFileCases,
    hazard: 'executable front matter',
    open: commandTarget,
  })
  fails({
    hole: 'any exit',
    cases: commandCases,
    hazard: 'values that start with a dash',
    open: commandTarget,
  })
})

describe('a store without a guard fails', () => {
  fails({ hole: 'any rows', cases: storeCases, hazard: 'a missing row', open: storeTarget })
  fails({ hole: 'any digest', cases: storeCases, hazard: 'an edited row', open: storeTarget })
  fails({ hole: 'any digest', cases: storeCases, hazard: 'truncated WAL', open: storeTarget })
  fails({ hole: 'any database', cases: storeCases, hazard: 'a future schema', open: storeTarget })
})
