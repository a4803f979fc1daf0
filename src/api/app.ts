import { OpenAPIHono } from '@hono/zod-openapi'
import { boundedEcho } from '../kernel/bounded-echo.ts'
import { refusal } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { type Issue, speakPlainly, toldIssue } from '../kernel/plain-issues.ts'
import { Secrets } from '../runtime/secrets/secrets.ts'
import type { ApiEnv, ApiOptions, ApiServer } from './context.ts'
import { awaitedPosition } from './guards/awaited-position.ts'
import { beginRequest } from './guards/begin-request.ts'
import { boundedBody, jsonBody } from './guards/json-body.ts'
import { knownCaller } from './guards/known-caller.ts'
import { permittedCaller } from './guards/permitted-caller.ts'
import { Rates } from './guards/rates.ts'
import { rememberedAnswer } from './guards/remembered-answer.ts'
import { Metrics } from './metrics.ts'
import { speakInProblems } from './problem.ts'
import { a2aRoutes } from './routes/a2a.ts'
import { agentFileRoutes } from './routes/agent-files.ts'
import { agentRoutes } from './routes/agents.ts'
import { auditRoutes } from './routes/audit.ts'
import { decisionRoutes } from './routes/decisions.ts'
import { addDocs } from './routes/docs.ts'
import { eventRoutes } from './routes/events.ts'
import { evidenceRoutes } from './routes/evidence.ts'
import { handoffRoutes } from './routes/handoffs.ts'
import { healthRoutes } from './routes/health.ts'
import { inboxRoutes } from './routes/inbox.ts'
import { keyRoutes } from './routes/keys.ts'
import { mcpRoutes } from './routes/mcp.ts'
import { memoryRoutes } from './routes/memory.ts'
import { memoryHistoryRoutes } from './routes/memory-history.ts'
import { memoryInfluenceRoutes } from './routes/memory-influence.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { projectionRoutes } from './routes/projections.ts'
import { proofRoutes } from './routes/proofs.ts'
import { rebuildRoutes } from './routes/rebuilds.ts'
import { routingRoutes } from './routes/route.ts'
import { routingWorkRoutes } from './routes/routing-works.ts'
import { sealRoutes } from './routes/seals.ts'
import { sectionRoutes } from './routes/sections.ts'
import { sessionRoutes } from './routes/sessions.ts'
import { wholeMemoryRoutes } from './routes/whole-memory.ts'
import { workflowRoutes } from './routes/workflows.ts'
import { serverWorks } from './server-works.ts'

/** The API over one open Daybook. Holds no state but counters: everything it answers comes from the log. */
export function createApp(options: ApiOptions): OpenAPIHono<ApiEnv> {
  const server: ApiServer = {
    eventStreams: { heartbeatMs: limits.eventStreamHeartbeatMs, stalledMs: limits.eventStreamStalledMs },
    slowAnswerMs: limits.slowAnswerMs,
    reach: 'machine',
    ...options,
    onAnswer: options.onAnswer ?? null,
    log: withoutSecrets(options.log),
    metrics: new Metrics(),
    inFlight: new Set(),
    works: serverWorks(),
    rates: new Rates(options.requestsPerMinute),
  }
  speakPlainly()
  const app = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalid(result.target, result.error.issues)
    },
  })
  speakInProblems(app)
  app.use(beginRequest(server), knownCaller(server), boundedBody(), jsonBody(), permittedCaller())
  app.use(rememberedAnswer(), awaitedPosition())
  const modules = [
    healthRoutes,
    agentRoutes,
    agentFileRoutes,
    a2aRoutes,
    workflowRoutes,
    sessionRoutes,
    handoffRoutes,
    inboxRoutes,
    routingRoutes,
    routingWorkRoutes,
    memoryRoutes,
    memoryHistoryRoutes,
    memoryInfluenceRoutes,
    wholeMemoryRoutes,
    sectionRoutes,
    eventRoutes,
    projectionRoutes,
    auditRoutes,
    sealRoutes,
    proofRoutes,
    evidenceRoutes,
    rebuildRoutes,
    decisionRoutes,
    keyRoutes,
    metricsRoutes,
  ]
  for (const routes of modules) app.route('/', routes())
  app.route('/', mcpRoutes(server))
  addDocs(app, options.version)
  return app
}

/** What is said about a request may repeat its words. */
function withoutSecrets(log: (line: string) => void): (line: string) => void {
  const secrets = new Secrets()
  return (line) => void secrets.text(line).then(({ value }) => log(value))
}

const places: Readonly<Record<string, string>> = {
  json: 'the body',
  query: 'the query',
  param: 'the address',
  header: 'the headers',
}

function invalid(target: string, issues: readonly Required<Issue>[]) {
  const place = places[target] ?? target
  const found = issues.slice(0, 20)
  const errors = found.map(({ path = [], message }) => ({
    at: boundedEcho(path.map(String).join('.')),
    message: boundedEcho(message),
  }))
  const said = found.map((issue) => toldIssue(issue, 'it')).join('; ')
  return refusal({ code: 'bad_request', message: `In ${place}: ${said}`, errors })
}
