/** `1 session`, `2 sessions`. */
export function counted(count: number, one: string): string {
  return `${count} ${count === 1 ? one : pluralOf(one)}`
}

/** As far as our nouns go. */
function pluralOf(noun: string): string {
  return /[^aeiou]y$/u.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`
}

/** The verb for so many. */
export function are(count: number): string {
  return count === 1 ? 'is' : 'are'
}
