import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Plugin, rolldown } from 'rolldown'

/**
 * Puts all that `daybook hook` loads into a few files, in place of the one that the compiler made: a hook has a tenth
 * of a second, and half of it would go into finding two hundred files. Runs after the compiler, see `npm run build`.
 */
const root = join(import.meta.dirname, '..')
const folder = join(root, 'dist', 'src', 'cli')

/** The Markdown parsers set up tables that take as long as all the rest; most hooks change no document. */
const onFirstUse: Readonly<Record<string, string>> = {
  commonmark:
    'export class Parser { constructor(...given) { return new (require("commonmark").Parser)(...given) } }',
  'mdast-util-from-markdown':
    'export const fromMarkdown = (...given) => require("mdast-util-from-markdown").fromMarkdown(...given)',
}
const prefix = '\0on-first-use:'
const parsersOnFirstUse: Plugin = {
  name: 'parsers-on-first-use',
  resolveId: (name, from) =>
    Object.hasOwn(onFirstUse, name) && from?.startsWith(prefix) === false ? `${prefix}${name}` : null,
  load: (id) => (id.startsWith(prefix) ? (onFirstUse[id.slice(prefix.length)] ?? null) : null),
}

const bundle = await rolldown({
  input: join(root, 'src', 'cli', 'hook.ts'),
  platform: 'node',
  plugins: [parsersOnFirstUse],
  // Loaded only where they are needed, which is hardly ever.
  external: [
    /^@eventstore\//,
    /^@grpc\//,
    /^chokidar$/,
    /^gray-matter$/,
    /^@secretlint\//,
    /^@opentelemetry\//,
  ],
  logLevel: 'warn',
})
rmSync(join(folder, 'hook'), { recursive: true, force: true })
await bundle.write({
  dir: folder,
  format: 'esm',
  entryFileNames: 'hook.js',
  chunkFileNames: 'hook/[name].js',
  comments: { legal: true },
  sourcemap: true,
  minify: true,
})
await bundle.close()
