import { InvalidArgumentError } from 'commander'
import { limits } from '../kernel/limits.ts'

/** How long somebody who works elsewhere may hold a handoff without a word. */
const minutesMax = limits.externalLeaseMsMax / 60_000

const wholeMax = 1_000_000_000

export function positive(value: string): number {
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number) || number <= 0)
    throw new InvalidArgumentError('expected a number above 0')
  return number
}

export function wholePositive(value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1 || number > wholeMax)
    throw new InvalidArgumentError(`expected a whole number from 1 to ${wholeMax}`)
  return number
}

export function minutesHeld(value: string): number {
  const minutes = Number(value)
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > minutesMax)
    throw new InvalidArgumentError(`expected whole minutes from 1 to ${minutesMax}, which is a day`)
  return minutes
}
