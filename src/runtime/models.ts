import { resolve } from 'node:path'
import type { Clock } from '../kernel/clock.ts'
import { DaybookError } from '../kernel/errors.ts'
import { breaking } from '../models/breaker.ts'
import { checkAddress, claudeAccess, endpointName } from '../models/claude-access.ts'
import { resolveModel } from '../models/model-names.ts'
import type { Model } from '../models/port.ts'
import { costUsd, costUsdMax, type PriceTable, priceOf, readPrices, shippedPrices } from '../models/prices.ts'
import { rehearsalModel, rehearsalModelName } from '../models/rehearsal.ts'
import { rehearse } from '../sessions/rehearsal.ts'
import type { ConfigFile } from './settings.ts'
import type { ModelFor } from './work-on.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface ModelChoiceOptions {
  readonly env: Environment
  readonly config: Pick<ConfigFile, 'models' | 'prices'>
  readonly clock?: Clock
  readonly onNotice?: (notice: string) => void
}

/**
 * Chooses the model of each agent: the stand-in for rehearsals, otherwise Claude under the full id that the
 * agent's file or the workflow names. Nothing is read or opened before the first choice that needs it; all
 * agents share one client and one breaker, because they share one endpoint. A choice throws `usage` without a
 * key, for a model that is unknown, and for prices that cannot be read.
 */
export function modelChoice(options: ModelChoiceOptions): ModelFor {
  let claude: Model | null = null
  return (agent, workflow) => {
    if (workflow.rehearsal)
      return { model: rehearsalModel((request) => rehearse(agent, request)), name: rehearsalModelName }
    const name = resolveModel(agent.model, workflow.model, options.config.models)
    claude ??= connect(options)
    return { model: claude, name }
  }
}

function connect({ env, config, clock, onNotice }: ModelChoiceOptions): Model {
  const access = claudeAccess(env)
  if (access === null) {
    throw new DaybookError(
      'usage',
      'No model can be called: set ANTHROPIC_API_KEY (or ANTHROPIC_AUTH_TOKEN), or rehearse.',
    )
  }
  checkAddress(access)
  const prices = pricesOf(env, config)
  const model = onceLoaded(async () => {
    const { claudeModel } = await import('../models/claude.ts')
    return claudeModel({ access, prices, ...(onNotice === undefined ? {} : { onNotice }) })
  })
  const costMax: Model['costMax'] = ({ model: id, ...size }) => {
    const price = priceOf(prices, id)
    return price === null ? 0 : costUsdMax(price, size)
  }
  return breaking(
    { ...model, costMax },
    { clock: clock ?? { now: () => Date.now() }, name: endpointName(access) },
  )
}

/** Its SDK takes longer to load than all the rest, and most commands call no model. */
function onceLoaded(load: () => Promise<Model>): Model {
  let loading: Promise<Model> | null = null
  return {
    runner: 'claude',
    async answer(request, call) {
      loading ??= load()
      return (await loading).answer(request, call)
    },
  }
}

function pricesOf(env: Environment, config: Pick<ConfigFile, 'prices'>): PriceTable {
  const path = env.DAYBOOK_PRICES || config.prices
  return path === undefined ? shippedPrices : readPrices(resolve(path))
}

/** A session as sessions mostly are: it reads its prompt, writes its section, hands off, and sums up. */
const typicalSession = { turns: 5, promptTokens: 9_000, addedTokensPerTurn: 1_500, outputTokensPerTurn: 800 }

export interface CostEstimate {
  readonly sessions: number
  readonly tokens: number
  /** 0 for rehearsals, and for a model without a known price: the basis says which. */
  readonly costUsd: number
  readonly model: string
  readonly basis: string
}

/** What so many sessions might use and cost. An estimate from typical figures; nobody is asked and nothing is paid. */
export function estimateCost({
  sessions,
  model,
  config,
  env = process.env,
}: {
  readonly sessions: number
  /** An alias, a full id, or `rehearsal`. */
  readonly model: string
  readonly config: Pick<ConfigFile, 'models' | 'prices'>
  readonly env?: Environment
}): CostEstimate {
  const { turns, promptTokens, addedTokensPerTurn: added, outputTokensPerTurn } = typicalSession
  const usual = `${turns} turns a session, a prompt of ${promptTokens} tokens, ${outputTokensPerTurn} tokens an answer`
  const prompts = Array.from({ length: turns }, (_, turn) => promptTokens + turn * added)
  const perSession = prompts.reduce((sum, prompt) => sum + prompt + outputTokensPerTurn, 0)
  const tokens = sessions * perSession
  if (model === rehearsalModelName)
    return { sessions, tokens, costUsd: 0, model, basis: `${usual}; a rehearsal costs nothing` }
  const id = resolveModel(null, model, config.models)
  const prices = pricesOf(env, config)
  const price = priceOf(prices, id)
  if (price === null)
    return { sessions, tokens, costUsd: 0, model: id, basis: `${usual}; no price is known for ${id}` }
  const calls = prompts.map((prompt, turn) => {
    const cacheRead = turn === 0 ? 0 : prompt - added
    return {
      input: 0,
      output: outputTokensPerTurn,
      cacheWrite5m: prompt - cacheRead,
      cacheWrite1h: 0,
      cacheRead,
    }
  })
  const cost = sessions * calls.reduce((sum, call) => sum + costUsd(price, call), 0)
  const basis = `${usual}; prices of ${prices.asOf} (${prices.source})`
  return { sessions, tokens, costUsd: Math.round(cost * 1e6) / 1e6, model: id, basis }
}
