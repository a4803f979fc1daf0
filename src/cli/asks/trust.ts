import type { KeyObject } from 'node:crypto'
import { DaybookError } from '../../kernel/errors.ts'
import { type ExportedEvidence, exportEvidence } from '../../runtime/evidence/export-evidence.ts'
import { unpackEvidence } from '../../runtime/evidence/pack-evidence.ts'
import { eitherOf, type Proof, prove } from '../../runtime/proof/prove.ts'
import { checkRebuild, type RebuildCheck, type Rebuilt, rebuild } from '../../runtime/rebuild.ts'
import { lastSeal, type SealedNow, sealNow } from '../../runtime/seals/seal-now.ts'
import type { Verified } from '../../runtime/seals/verify-log.ts'
import { verifyStored } from '../../runtime/seals/verify-served.ts'
import { showWorkflow } from '../../runtime/work-views.ts'
import { type Ask, serverOf } from '../ask.ts'
import { type CommandContext, requireLog } from '../context.ts'
import { type RunningServer, said, saidBytes, segment, whenDone } from '../running-server.ts'

/** Whether the log is as it was, and whether what is folded from it is what it gives. */

export const proof: Ask<{ readonly id: string }, Proof> = {
  open: { mode: 'read' },
  here: ({ project }, { id }) => prove(project, id),
  there({ client }, { id }) {
    const param = { id: segment(id) }
    return eitherOf(
      async () => (await said(client.v1.workflows[':id'].prove.$get({ param }))) as unknown as Proof,
      async () => (await said(client.v1.sessions[':id'].prove.$get({ param }))) as unknown as Proof,
    )
  },
}

export const newSeal: Ask<object, SealedNow> = {
  open: { log: 'existing' },
  here: ({ project, settings, notice }) => sealNow(project, settings, notice),
  there: async ({ client }) => (await said(client.v1.seals.$post())) as unknown as SealedNow,
}

interface Verifying {
  readonly keys: ReadonlyMap<string, KeyObject>
  readonly onCount: (events: number) => void
}

/** A log that is so damaged that it cannot be opened is found to be so: it is not opened as for other questions. */
export function verifiedLog(context: CommandContext, verifying: Verifying): Promise<Verified> {
  const server = serverOf(context)
  return server === null ? verifiedHere(context, verifying) : verifiedThere(server, verifying)
}

async function verifiedHere({ settings }: CommandContext, { keys, onCount }: Verifying): Promise<Verified> {
  requireLog(settings)
  try {
    return await verifyStored(settings.store, { folder: settings.seals, keys, onCount })
  } catch (error) {
    if (!(error instanceof DaybookError) || error.code !== 'damaged') throw error
    const finding = { kind: 'damaged' as const, position: null, event: null, message: error.message }
    return { ok: false, events: 0, sealed: 0, seals: 0, outside: 0, firstBad: finding, findings: [finding] }
  }
}

async function verifiedThere({ client }: RunningServer, { keys, onCount }: Verifying): Promise<Verified> {
  if (keys.size > 0)
    throw new DaybookError('usage', '--key is for a log of this machine: a server believes the keys it has.')
  const { id } = await said(client.v1.verify.$post())
  return whenDone<Verified>(async () => {
    const { compared, ...work } = await said(client.v1.verify[':id'].$get({ param: { id } }))
    onCount(compared)
    return work as unknown as { status: string; result: Verified | null; problem: string | null }
  })
}

export const rebuilding: Ask<object, Rebuilt> = {
  open: { log: 'existing' },
  here: rebuild,
  there: (server) => rebuiltThere(server, { check: false }) as Promise<Rebuilt>,
}

export const rebuildCheck: Ask<object, RebuildCheck> = {
  open: { mode: 'read' },
  here: checkRebuild,
  there: (server) => rebuiltThere(server, { check: true }) as Promise<RebuildCheck>,
}

async function rebuiltThere({ client }: RunningServer, json: { check: boolean }): Promise<unknown> {
  const { id } = await said(client.v1.rebuild.$post({ json }))
  return whenDone(() => said(client.v1.rebuild[':id'].$get({ param: { id } })))
}

interface Evidence {
  readonly workflow: string
  /** New or empty, on this machine. */
  readonly folder: string
}

export const exportedEvidence: Ask<Evidence, ExportedEvidence> = {
  open: { log: 'existing' },
  async here({ project, settings, notice }, { workflow: named, folder }) {
    const { id: workflow } = await showWorkflow(project, named)
    await sealNow(project, settings, notice)
    const seal = lastSeal(settings.seals)
    if (seal === undefined)
      throw new DaybookError('not_found', 'The log is empty: there is nothing to prove.')
    return exportEvidence(project.store, { workflow, folder, seals: settings.seals, seal })
  },
  async there(server, { workflow, folder }) {
    await said(server.client.v1.seals.$post())
    const path = `/v1/workflows/${segment(workflow)}/evidence`
    return unpackEvidence(await saidBytes(server.fetch(path, { accept: 'application/x-tar' })), folder)
  },
}
