import { basename, dirname } from 'node:path'
import type { Actor } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import type { Claim } from '../../memory/ownership.ts'
import { contentId, digestText } from '../digest.ts'
import { git } from '../git-edits.ts'
import { now, type Project } from '../project.ts'
import * as targets from '../targets.ts'

/** A document as one commit left it. */
export interface PastVersion {
  readonly commit: string
  readonly author: string
  /** ISO instant at which it was written, by its author's clock. */
  readonly at: string
  /** Its path in that commit, from the root of the repository. */
  readonly inTree: string
}

/** What git knows of a document: the oldest version first. */
export interface DocumentPast {
  readonly document: string
  readonly path: string
  readonly versions: readonly PastVersion[]
}

interface Named {
  readonly document: string
  readonly path: string
}

/** Of each document the commits that touched it, also under another name; empty outside a repository. */
export async function documentPasts(documents: readonly Named[]): Promise<DocumentPast[]> {
  const format = '--format=%x00%H%x01%an%x01%aI'
  const asked = ['log', '--follow', '--name-only', `--max-count=${limits.historyCommitsMax}`, format, '--']
  return Promise.all(
    documents.map(async ({ document, path }) => {
      const answer = await git(dirname(path), [...asked, basename(path)])
      const versions = (answer ?? '').split('\0').flatMap(versionOf).reverse()
      return { document, path, versions }
    }),
  )
}

function versionOf(entry: string): PastVersion[] {
  const [head = '', ...files] = entry.split('\n').filter((line) => line !== '')
  const [commit = '', author = '', at = ''] = head.split('\u0001')
  const inTree = files[0]
  if (inTree === undefined || !/^[0-9a-f]{40,64}$/u.test(commit)) return []
  return [{ commit, author, at: new Date(at).toISOString(), inTree }]
}

/**
 * Puts the past of documents that the log does not hold on record, each commit as an edit of its author at its time,
 * so that blame and `--at` reach back to the first. All documents in one order of time: in a log it never goes back.
 * How many versions it holds now.
 */
export async function importHistory(
  project: Project,
  pasts: readonly DocumentPast[],
  claimsOn: (document: string) => readonly Claim[],
): Promise<number> {
  let imported = 0
  let latest = ''
  for (const version of await newInOrder(project, pasts)) {
    const text = await git(dirname(version.path), ['cat-file', 'blob', `${version.commit}:${version.inTree}`])
    // Deleted by that commit, or no text.
    if (text === null || text.includes('\uFFFD')) continue
    latest = [latest, [version.at, now(project)].sort()[0] ?? ''].sort()[1] ?? ''
    const { document, path, commit, author } = version
    const claims = claimsOn(document)
    const actor: Actor =
      author === '' ? { kind: 'unknown', id: 'git' } : { kind: 'person', id: author.slice(0, 200) }
    const idBase = contentId('git', document, commit)
    const target = targets.document(document)
    const isFirst = (await project.streams.load(target)).revision < 0
    const shared = { document, claims, idBase }
    const command = isFirst
      ? ({
          ...shared,
          type: 'ImportDocument',
          text,
          digest: digestText(text),
          source: `${path} at ${commit}`,
        } as const)
      : ({
          ...shared,
          type: 'EditDocument',
          edit: { kind: 'document', text },
          actor,
          call: `git-${commit}`,
          via: 'git',
          commit,
          at: latest,
        } as const)
    const outcome = await project.streams.execute(target, command, { actor, recordedAt: latest })
    if (outcome.kind === 'accepted') imported += outcome.events.length
  }
  return imported
}

type Dated = PastVersion & Named

async function newInOrder(project: Project, pasts: readonly DocumentPast[]): Promise<Dated[]> {
  const fresh = await Promise.all(
    pasts.map(async ({ document, path, versions }) => {
      const isNew = (await project.streams.load(targets.document(document))).revision < 0
      return isNew ? inTime(versions).map((version) => ({ ...version, document, path })) : []
    }),
  )
  return fresh.flat().sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
}

/** Of one document the order is git's, whatever its authors' clocks say. */
function inTime(versions: readonly PastVersion[]): PastVersion[] {
  let latest = ''
  return versions.map((version) => {
    latest = version.at > latest ? version.at : latest
    return { ...version, at: latest }
  })
}
