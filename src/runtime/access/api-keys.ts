import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type ApiKey, standingOf } from '../../access/decider.ts'
import type { Role } from '../../access/events.ts'
import { refusal } from '../../kernel/errors.ts'
import type { Actor } from '../../kernel/event.ts'
import { agentNamed } from '../callers.ts'
import type { Project } from '../project.ts'
import * as targets from '../targets.ts'
import { wholeOf } from '../whole-id.ts'

export interface KeyRequest {
  readonly name: string
  readonly role: Role
  readonly agent?: string | null | undefined
  /** ISO 8601; null or absent: it never expires. */
  readonly expiresAt?: string | null | undefined
  readonly by: Actor
}

/** A key as it may be shown: without its digest. */
export type KeyView = Omit<ApiKey, 'digest'> & { readonly status: 'active' | 'expired' | 'revoked' }

type Place = Pick<Project, 'streams' | 'view' | 'clock'>

/**
 * Makes a key. `secret` is told now and never again: the log has only its SHA-256. A slow hash would add nothing,
 * since what is hashed is 256 random bits that nobody can guess, whatever the hash costs; it would only give
 * whoever sends wrong keys a way to keep the server busy.
 */
export async function createKey(
  project: Place,
  request: KeyRequest,
): Promise<{ key: KeyView; secret: string }> {
  const { name, role, expiresAt = null, by } = request
  await project.view.refresh()
  const agent =
    request.agent == null ? null : agentNamed(project.view, request.agent, 'unknown_agent').definition.name
  const id = randomBytes(8).toString('hex')
  const secret = `daybook_${id}_${randomBytes(32).toString('base64url')}`
  const digest = digestOf(secret)
  const command = {
    type: 'CreateKey',
    key: id,
    name,
    role,
    agent,
    digest,
    expiresAt,
    at: at(project),
  } as const
  const outcome = await project.streams.execute(targets.keys, command, { actor: by })
  if (outcome.kind === 'rejected') throw refusal(outcome.rejection)
  return { key: keyView(project, outcome.state.keys.find((key) => key.id === id)!), secret }
}

/** Revokes a key by its id or the beginning of it, or by the name of the one that stands. It is refused from then on, everywhere. */
export async function revokeKey(project: Place, named: string, by: Actor): Promise<KeyView> {
  const { keys } = await project.streams.load(targets.keys)
  const known =
    keys.find(({ id }) => id === named) ??
    keys.find(({ name, revokedAt }) => name === named && revokedAt === null)
  const key =
    known?.id ??
    wholeOf(
      named,
      keys.map(({ id }) => id),
      'key',
    )
  const command = { type: 'RevokeKey', key } as const
  const outcome = await project.streams.execute(targets.keys, command, { actor: by })
  if (outcome.kind === 'rejected') throw refusal(outcome.rejection)
  return keyView(project, outcome.state.keys.find(({ id }) => id === key)!)
}

/** Every key that ever was, the oldest first. */
export async function listKeys(project: Place): Promise<KeyView[]> {
  const { keys } = await project.streams.load(targets.keys)
  return keys.map((key) => keyView(project, key))
}

/** Whether there is a key that was not revoked. One that has expired counts: time must not open a door. */
export async function keysStand(project: Place): Promise<boolean> {
  const { keys } = await project.streams.load(targets.keys)
  return keys.some(({ revokedAt }) => revokedAt === null)
}

/**
 * The key that this is, as the log has it at this moment; null for what is none. The time that it takes says nothing
 * about the keys: the id in front finds one, and the digests are compared whole.
 */
export async function keyShown(project: Place, secret: string): Promise<KeyView | null> {
  const id = /^daybook_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/u.exec(secret)?.[1]
  if (id === undefined) return null
  const { keys } = await project.streams.load(targets.keys)
  const known = keys.find((key) => key.id === id)
  const matches = isSame(digestOf(secret), known?.digest ?? digestOf(''))
  return known !== undefined && matches ? keyView(project, known) : null
}

/** Whether the key with this id may be used at this moment. */
export async function keyStands(project: Place, id: string): Promise<boolean> {
  const { keys } = await project.streams.load(targets.keys)
  return keys.some((key) => key.id === id && standingOf(key, at(project)) === 'active')
}

/** Whether two texts are equal, in a time that says nothing about where they differ. */
export function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}

function digestOf(secret: string): string {
  return `sha256:${createHash('sha256').update(secret).digest('hex')}`
}

function keyView(project: Place, { digest: _, ...key }: ApiKey): KeyView {
  return { ...key, status: standingOf({ ...key, digest: '' }, at(project)) }
}

function at({ clock }: Pick<Project, 'clock'>): string {
  return new Date(clock.now()).toISOString()
}
