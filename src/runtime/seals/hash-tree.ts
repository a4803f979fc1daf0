import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { DaybookError } from '../../kernel/errors.ts'
import { Frontier, type Hash, hashBytes, peaksOf, rootOfPeaks } from './merkle.ts'

const flushHashes = 4_096
const blockBytes = 1_024 * hashBytes

/**
 * The hashes of all complete subtrees in a file that only grows: each leaf's, followed by those of the subtrees
 * that it completes. Any hash has its place, so roots and proofs of any size need a few reads. It can be made
 * from the log again at any time.
 */
export class HashTree {
  readonly path: string
  readonly #file: number
  #frontier: Frontier
  #waiting: Hash[] = []
  #block = Buffer.alloc(0)
  #blockAt = 0
  #written: number

  /** Whoever opens it closes it. `read`: it must be there. */
  constructor(path: string, mode: 'read' | 'write') {
    this.path = path
    if (mode === 'write') mkdirSync(dirname(path), { recursive: true })
    this.#file = openSync(path, mode === 'read' ? 'r' : openFlags(path))
    this.#written = Math.floor(fstatSync(this.#file).size / hashBytes)
    this.#frontier = new Frontier()
    this.#stand(leavesIn(this.#written))
  }

  /** Leaves. */
  get size(): number {
    return this.#frontier.size
  }

  push(leaf: Hash): void {
    this.#frontier.push(leaf, (hash) => this.#waiting.push(hash))
    if (this.#waiting.length >= flushHashes) this.flush()
  }

  root(): Hash {
    return this.#frontier.root()
  }

  /** Of the tree as it was when it had `size` leaves. */
  rootAt(size: number): Hash {
    return rootOfPeaks(peaksOf(size).map(({ level, index }) => this.#hash(level, index)))
  }

  /** The root as the leaves alone give it: slower, and not to be led astray by an altered subtree. */
  rootOfLeaves(size: number): Hash {
    const frontier = new Frontier()
    for (let index = 0; index < size; index += 1) frontier.push(this.leaf(index))
    return frontier.root()
  }

  leaf(index: number): Hash {
    return this.#hash(0, index)
  }

  /** Hashes from the leaf's sibling upwards that lead to the root of the first `size` leaves. */
  pathOf(index: number, size: number): Hash[] {
    return this.#pathIn(index, { from: 0, to: size })
  }

  /** Forgets the leaves after the first `size`. */
  truncate(size: number): void {
    this.flush()
    ftruncateSync(this.#file, storedBefore(size) * hashBytes)
    this.#written = storedBefore(size)
    this.#block = Buffer.alloc(0)
    this.#stand(size)
  }

  flush(): void {
    if (this.#waiting.length === 0) return
    const bytes = Buffer.from(this.#waiting.join(''), 'latin1')
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.#file, bytes, done, bytes.length - done, this.#written * hashBytes + done)
    this.#written += this.#waiting.length
    this.#waiting = []
    this.#block = Buffer.alloc(0)
  }

  close(): void {
    closeSync(this.#file)
  }

  #stand(size: number): void {
    const peaks = peaksOf(size).map(({ level, index }) => ({ level, hash: this.#hash(level, index) }))
    this.#frontier = new Frontier(size, peaks)
  }

  #hash(level: number, index: number): Hash {
    this.flush()
    const place = placeOf(level, index) * hashBytes
    const within = place - this.#blockAt
    if (within >= 0 && within + hashBytes <= this.#block.length)
      return this.#block.toString('latin1', within, within + hashBytes)
    // Neighbours are read together: leaves are mostly asked for one after the other.
    const block = Buffer.alloc(blockBytes)
    const read = readSync(this.#file, block, 0, blockBytes, place)
    this.#block = block.subarray(0, read)
    this.#blockAt = place
    if (read >= hashBytes) return block.toString('latin1', 0, hashBytes)
    throw new DaybookError('damaged', `${this.path}: it ends before hash ${index} of level ${level}.`)
  }

  #pathIn(index: number, { from, to }: { from: number; to: number }): Hash[] {
    if (to - from <= 1) return []
    const middle = from + 2 ** Math.floor(Math.log2(to - from - 1))
    return index < middle
      ? [...this.#pathIn(index, { from, to: middle }), this.#rootOf(middle, to)]
      : [...this.#pathIn(index, { from: middle, to }), this.#rootOf(from, middle)]
  }

  /** Of leaves `from` to `to`, which begin where a subtree of their size may begin. */
  #rootOf(from: number, to: number): Hash {
    const peaks = peaksOf(to - from).map(({ level, index }) => this.#hash(level, from / 2 ** level + index))
    return rootOfPeaks(peaks)
  }
}

function openFlags(path: string): string {
  try {
    closeSync(openSync(path, 'ax', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return 'r+'
}

/** Hashes in the file before leaf `index`: one a leaf and one a node that is complete by then. */
function storedBefore(index: number): number {
  let nodes = 0
  for (let left = Math.floor(index / 2); left > 0; left = Math.floor(left / 2)) nodes += left
  return index + nodes
}

/** A subtree's hash stands after the last of its leaves, one place further for each level. */
function placeOf(level: number, index: number): number {
  const lastLeaf = (index + 1) * 2 ** level - 1
  return storedBefore(lastLeaf) + level
}

/** The whole leaves in a file of so many hashes, each with the subtrees that it completes. */
function leavesIn(hashes: number): number {
  let low = 0
  let high = hashes
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (storedBefore(middle) <= hashes) low = middle
    else high = middle - 1
  }
  return low
}
