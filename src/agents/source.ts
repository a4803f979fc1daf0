/** Between a folder and a path inside it in an event's `source`; no path has it. */
export const insidePlace = '//'

/** Where an agent's file is, as people write it: the mark between the folder and the path inside it is the log's own. */
export function pathOfSource(source: string): string {
  return source.replace(/\/{2,}/u, '/')
}
