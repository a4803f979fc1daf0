import type { Recall } from './snapshots.ts'

const idsPerPart = 500

/**
 * Ids in the order in which they first appeared, kept in parts: only the newest part is at hand, and only the
 * newest is ever written again.
 */
export class IdList {
  readonly #name: string
  readonly #parts = new Map<number, string[]>()
  #last = 0
  #recall: Recall = () => undefined

  /** @param name before the keys of its parts. */
  constructor(name: string) {
    this.#name = name
  }

  /** The keys that change by it: none for an id of the newest parts, which is there already. */
  add(id: string): string[] {
    if (this.#part(this.#last).includes(id) || this.#part(this.#last - 1).includes(id)) return []
    if (this.#part(this.#last).length >= idsPerPart) this.#last += 1
    this.#part(this.#last).push(id)
    return [this.#lastKey, this.#key(this.#last)]
  }

  *all(): IterableIterator<string> {
    for (let part = 0; part <= this.#last; part += 1) yield* this.#part(part)
  }

  restore(recall: Recall): void {
    this.forget()
    this.#recall = recall
    this.#last = Number(recall(this.#lastKey) ?? 0)
    this.#part(this.#last)
  }

  forget(): void {
    this.#parts.clear()
    this.#last = 0
    this.#recall = () => undefined
  }

  holds(key: string): boolean {
    return key.startsWith(`${this.#name}/`)
  }

  json(key: string): string {
    if (key === this.#lastKey) return String(this.#last)
    return JSON.stringify(this.#part(Number(key.slice(this.#name.length + 1))))
  }

  #part(number: number): string[] {
    const known = this.#parts.get(number)
    if (known !== undefined) return known
    const part = JSON.parse(this.#recall(this.#key(number)) ?? '[]') as string[]
    this.#parts.set(number, part)
    return part
  }

  get #lastKey(): string {
    return `${this.#name}/last`
  }

  #key(part: number): string {
    return `${this.#name}/${part}`
  }
}
