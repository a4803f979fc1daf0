/** The first `charsMax` characters (UTF-16 units) of a text, never half of a surrogate pair. */
export function cut(text: string, charsMax: number): string {
  return (text.length > charsMax ? text.slice(0, charsMax) : text).toWellFormed()
}
