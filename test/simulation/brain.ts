import type { ModelAnswer, ModelBlock, ModelRequest } from '../../src/models/port.ts'
import type { Chance } from './chance.ts'
import { agentNames, headings } from './team.ts'
import { type Deed, deeds, type Weather } from './weather.ts'

export type Said = Pick<ModelAnswer, 'content' | 'stopReason'>

/**
 * What a simulated model answers: anything that agents do, well-formed or not. Never the same twice, so that an
 * answer which is asked for again is another one.
 */
export class Brain {
  readonly #chance: Chance
  /** Near the end of a run it only finishes what is there. */
  tired = false
  #said = 0
  readonly #likes: Deed

  constructor(chance: Chance, { likes }: Weather) {
    this.#chance = chance
    this.#likes = likes
  }

  answer({ system, messages, tools }: ModelRequest): Said {
    const chance = this.#chance
    const name = /You are the (\w+)\./u.exec(system)?.[1] ?? ''
    const turns = messages.filter(({ role }) => role === 'assistant').length
    const done = this.tired || tools.length === 0 || turns >= 1 + chance.under(4)
    if (done) return this.#ending(name)
    const count = chance.happens(0.3) ? 2 + chance.under(2) : 1
    const content = Array.from({ length: count }, (_, index) => this.#call(name, `t${turns}-${index}`))
    return { content, stopReason: 'tool_use' }
  }

  #ending(name: string): Said {
    const chance = this.#chance
    const text = (words: string, stopReason = 'end_turn') => ({
      content: [{ type: 'text', text: words }],
      stopReason,
    })
    if (!this.tired && chance.happens(0.03)) return text('I will not do that.', 'refusal')
    if (!this.tired && chance.happens(0.04)) return text('And then', 'max_tokens')
    if (!this.tired && chance.happens(0.04)) return text('Let me think on.', 'pause_turn')
    if (!this.tired && chance.happens(0.1)) return text('Done.')
    const needs = this.tired ? [] : this.#needs()
    return text(
      `**Work Done**: ${name} did ${this.#token()}\n**Collaboration Needs**:${needs.length === 0 ? ' None' : `\n${needs.join('\n')}`}`,
    )
  }

  #needs(): string[] {
    const count = this.#chance.pick([0, 0, 0, 0, 1, 2])
    return Array.from({ length: count }, () => {
      const to = this.#chance.happens(0.7) ? `${this.#chance.pick(agentNames)}: ` : ''
      return `- ${to}${this.#need()}`
    })
  }

  #call(name: string, id: string): ModelBlock {
    const chance = this.#chance
    const use = (tool: string, input: unknown): ModelBlock => ({ type: 'tool_use', id, name: tool, input })
    const token = { token: this.#token() }
    const deed = chance.happens(0.5) ? this.#likes : chance.pick(deeds)
    switch (deed) {
      case 'memory':
        return use('memory', this.#edit(name))
      case 'nonsense':
        return chance.happens(0.5) ? use('constructor', token) : use('memory', '{"command": "vie')
      case 'hand_off':
        return use('hand_off', this.#handOff())
      default:
        return use(deed, token)
    }
  }

  #edit(name: string): unknown {
    const chance = this.#chance
    const heading = headings[name] ?? 'Odds'
    const token = this.#token()
    const line = `- ${token}, works well with: ${chance.pick(agentNames)} for ${token}`
    switch (chance.under(6)) {
      case 0:
        return { command: 'view', path: 'insights.md' }
      case 1:
        return { command: 'insert', path: 'insights.md', insert_line: chance.under(12), insert_text: line }
      case 2:
        return { command: 'str_replace', path: 'insights.md', old_str: 'open', new_str: token }
      case 3:
        return {
          command: 'write_section',
          document: 'insights',
          heading: 'Rules',
          text: `## Rules\n\n${line}\n`,
        }
      default:
        return { command: 'write_section', document: 'insights', heading, text: `## ${heading}\n\n${line}\n` }
    }
  }

  #handOff(): unknown {
    const chance = this.#chance
    return {
      need: this.#need(),
      ...(chance.happens(0.7) ? { to: chance.pick(agentNames) } : {}),
      mode: chance.happens(0.5) ? 'ask' : 'delegate',
      ...(chance.happens(0.5) ? { provides: [{ requirement: 'Target platform', value: 'Web' }] } : {}),
    }
  }

  #need(): string {
    const token = this.#token()
    return `Check ${token} and ${token}b of ${token}c`
  }

  #token(): string {
    this.#said += 1
    return `x${this.#said}q${this.#chance.under(1_000)}`
  }
}
