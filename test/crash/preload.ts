import files from 'node:fs/promises'
import { registerHooks, syncBuiltinESMExports } from 'node:module'
import { place } from './point.ts'

/**
 * Loaded before the command line of a process that is to be killed: puts the modules in `replaced/` in the place
 * of those that they wrap. They import what they wrap by its own name, and get it.
 * What moves files into place gets places to die of its own.
 */
const replaced: Readonly<Record<string, string>> = {
  'src/runtime/open-store.ts': 'open-store.ts',
  'src/runtime/models.ts': 'models.ts',
  'src/runtime/session/tools-for.ts': 'tools-for.ts',
  'src/runtime/session/approvals.ts': 'approvals.ts',
  'src/runtime/document-folder.ts': 'document-folder.ts',
}

const root = new URL('../../', import.meta.url).href
const folder = new URL('replaced/', import.meta.url).href

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context)
    if (!resolved.url.startsWith(root) || context.parentURL?.startsWith(folder)) return resolved
    const file = replaced[resolved.url.slice(root.length)]
    return file === undefined ? resolved : { ...resolved, url: `${folder}${file}` }
  },
})

const { link, rename, unlink } = files

Object.assign(files, {
  link: (...args: Parameters<typeof link>) => around('link', () => link(...args)),
  rename: (...args: Parameters<typeof rename>) => around('rename', () => rename(...args)),
  unlink: (...args: Parameters<typeof unlink>) => around('unlink', () => unlink(...args)),
})
syncBuiltinESMExports()

async function around(what: string, act: () => Promise<void>): Promise<void> {
  const here = place(`file:${what}`)
  here.pass('before')
  await act()
  here.pass('after')
}
