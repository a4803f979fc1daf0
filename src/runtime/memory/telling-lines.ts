import { linesOf } from '../../memory/merge.ts'
import type { SectionVersion } from './versions.ts'

/** Shorter lines (a dash, a blank, a heading's hashes) are shared by chance. */
const tellingCharsMin = 8

/** The lines of a text without the blanks around them. */
export function trimmedLines(text: string): string[] {
  return linesOf(text).map((line) => line.trim())
}

/** Whether two texts that share this line share something that was said: no heading, no date, nothing short. */
export function isTelling(line: string): boolean {
  return line.length >= tellingCharsMin && !line.startsWith('#') && !/^[*_]*last updated[*_]*:/iu.test(line)
}

/** The telling lines that a version brought into its section. */
export function addedLines({ text, before }: Pick<SectionVersion, 'text' | 'before'>): string[] {
  const known = new Set(trimmedLines(before))
  return trimmedLines(text).filter((line) => isTelling(line) && !known.has(line))
}
