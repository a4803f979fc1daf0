import { goldenBeside } from '../golden.ts'

/** Compares `actual` with the file `golden/<name>`. */
export const expectGolden = goldenBeside(import.meta.url)
