import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

/**
 * Puts all that `daybook hook` loads into a few files, in place of the one that the compiler made: a hook has a tenth
 * of a second, and half of it would go into finding two hundred files. Runs after the compiler, see `npm run build`.
 */
const root = join(import.meta.dirname, '..')
const folder = join(root, 'dist', 'src', 'cli')
const bundle = await rolldown({
  input: join(root, 'src', 'cli', 'hook.ts'),
  platform: 'node',
  // Loaded only where they are needed, which is hardly ever.
  external: [/^@eventstore\//, /^@grpc\//, /^chokidar$/, /^gray-matter$/],
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
