import { failed, type ToolResult } from './port.ts'

/** Why a tool did not do what it was asked, in words for the model: what was found, and what to do instead. */
export class ToolProblem extends Error {
  override readonly name = 'ToolProblem'
}

/** Runs a tool's work; a problem becomes its result. Everything else is thrown on. */
export async function answering<T extends ToolResult | null>(
  work: () => Promise<T>,
): Promise<T | ToolResult> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ToolProblem) return failed(error.message)
    throw error
  }
}

const words: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is no folder',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  ENAMETOOLONG: 'a name is too long',
  ELOOP: 'it became a symbolic link while it was opened, which is not followed',
  EMFILE: 'too many files are open; try again',
  ENFILE: 'too many files are open; try again',
  ENXIO: 'it is no ordinary file',
}

/** A failure of the file system without the paths of this machine that its message would carry. */
export function fileProblem(path: string, cause: unknown): Error {
  if (cause instanceof ToolProblem) return cause
  const code = codeOf(cause)
  if (code === undefined) return cause instanceof Error ? cause : new Error(String(cause))
  return new ToolProblem(`${shown(path)}: ${words[code] ?? `the file system failed (${code})`}.`)
}

export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** A path as messages show it: one line, not too long. */
export function shown(path: string): string {
  const plain = JSON.stringify(path.slice(0, 200)).slice(1, -1)
  return path.length > 200 ? `${plain}…` : plain || '.'
}
