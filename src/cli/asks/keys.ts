import type { Role } from '../../access/events.ts'
import { createKey, type KeyView, listKeys, revokeKey } from '../../runtime/access/api-keys.ts'
import type { Ask } from '../ask.ts'
import { everyPage, said, segment } from '../running-server.ts'

interface NewKey {
  readonly name: string
  readonly role: Role
  readonly agent: string | null
  readonly expiresAt: string | null
}

const create = {
  async here({ project, person: by }, wanted) {
    const { key, secret } = await createKey(project, { ...wanted, by })
    return { ...key, secret }
  },
  there: ({ client }, json) => said(client.v1.keys.$post({ json })),
} satisfies Pick<Ask<NewKey, KeyView & { readonly secret: string }>, 'here' | 'there'>

export const newKey: Ask<NewKey, KeyView & { readonly secret: string }> = { open: {}, ...create }

/** Agents of a new project are not in its log yet. */
export const newAgentKey: typeof newKey = { open: { agents: 'sync' }, ...create }

export const allKeys: Ask<object, readonly KeyView[]> = {
  open: { mode: 'read' },
  here: ({ project }) => listKeys(project),
  there: ({ client }) =>
    everyPage(async (cursor) => {
      const { keys, next } = await said(client.v1.keys.$get({ query: cursor }))
      return { items: keys, next }
    }),
}

export const revokedKey: Ask<{ readonly named: string }, KeyView> = {
  open: { log: 'existing' },
  here: ({ project, person }, { named }) => revokeKey(project, named, person),
  there: ({ client }, { named }) =>
    said(client.v1.keys[':id'].revoke.$post({ param: { id: segment(named) } })),
}
