import { InvalidArgumentError } from 'commander'

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
