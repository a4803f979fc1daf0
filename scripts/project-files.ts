import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

const leftOut = new Set([
  'node_modules',
  '.git',
  'dist',
  'coverage',
  '.daybook',
  '.superagent',
  'soak-results',
  'results',
])
const filesMax = 20_000

/** Every file of the project below `root`, relative to it and in order; what is installed or built is left out. */
export async function projectFiles(root: string): Promise<string[]> {
  const found: string[] = []
  const folders = [root]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && !leftOut.has(entry.name)) folders.push(path)
      if (entry.isFile()) found.push(relative(root, path).split(sep).join('/'))
    }
    if (found.length > filesMax)
      throw new Error(`more than ${filesMax} files below ${root}: is this the project?`)
  }
  return found.sort()
}
