/** `.gitignore` with a line for a folder; as it is when it has one. */
export function withIgnored(before: string | null, folder: string): string {
  const name = folder.replace(/\/$/u, '')
  if (before === null) return `${name}/\n`
  if (linesOf(before).some((line) => isLineFor(line, name))) return before
  const end = before.includes('\r\n') ? '\r\n' : '\n'
  const gap = before === '' || before.endsWith('\n') ? '' : end
  return `${before}${gap}${name}/${end}`
}

/** The same without that line. */
export function withoutIgnored(before: string, folder: string): string {
  const end = before.includes('\r\n') ? '\r\n' : '\n'
  return linesOf(before)
    .filter((line) => !isLineFor(line, folder.replace(/\/$/u, '')))
    .join(end)
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/u)
}

function isLineFor(line: string, name: string): boolean {
  return line.trim().replace(/^\/|\/$/gu, '') === name
}
