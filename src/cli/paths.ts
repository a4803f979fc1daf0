import { InvalidArgumentError } from 'commander'

/** A file or folder that a command line names. An empty text, such as a variable that is not set, would mean where one is. */
export function path(value: string): string {
  if (value.trim() === '') throw new InvalidArgumentError('expected a path, and it is empty')
  return value
}
