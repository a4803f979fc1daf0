/** What a command gives back, for people who write programs: shown by its --help, and in docs/cli.md. */
export interface CommandResult {
  /** The shape of the `--json` result, in the notation of TypeScript. */
  readonly json: string
  /** When it ends with 3. */
  readonly found?: string
}

const session = '{id, workflow, agent, handoff, status, waitsFor, reason, tokens, costUsd}'
const workflow =
  '{id, goal, status, reason, model, rehearsal, limits, spent: {tokens, costUsd}, sessions, handoffs, open, events}'
const handoff =
  '{id, workflow, from, to, need, status, mode, hop, chain, parent, session, reason, missing: string[]}'
const checklist = 'checklist: [{requirement, met: "provided"|"context"|"missing", where}]'
const held = `state: "open"|"held"|"lapsed"|"returned", worker, epoch, leaseUntil, deadline, ${checklist}, note`
const decision = '{to: string|null, reason, confidence, candidates, excluded, policy, event}'
const event = '{id, type, version, stream, revision, position, data, meta}'
const candidate = '{agent, score, because: [{rule, value, weight, evidence, event?, by?, at?}]}'
const agent =
  '{name, standing: "registered"|"new"|"changed"|"elsewhere"|"retired", description, source, event: string|null'
const line = '{line, document, section, heading, owner, text, by, at, session, event, …}'
const undone =
  '{session, lines: [{document, repeat, text, …}], documents: [{document, text, revision}], done}'

/** By the command's words. A command that is not here has no place in the reference, and its test says so. */
export const results: Readonly<Record<string, CommandResult>> = {
  init: {
    json: '{done, folder, agents: {folder, own, names, unloadable, owners, clashes, patch, others}, documents: [{document, path, bytes, commits}], memory, writes: [{path, action, text, before}]}; when done also {log, registered, past, position}; with --undo {undone, files: [{path, action}], log}',
  },
  doctor: {
    json: '{ok, checks: [{check, status: "ok"|"note"|"failed", found, remedy: string|null}]}',
    found: 'a check failed',
  },
  hook: { json: 'the answer of the hook, as Claude Code reads it; nothing where there is none' },
  run: {
    json: 'last line: {workflow, status, sessions, handoffs, events, position}, status being completed, failed, cancelled, paused, waiting, stopped or (nothing to resume) idle; with --plan {steps: [{agent, hop, confidence, reason}], reason, estimate}',
  },
  waiting: {
    json: '[{what, id, workflow, reason, remedy, digest?}], digest being that of what waits for an approval',
  },
  workflows: { json: `[${workflow}]` },
  'workflows show': { json: 'the workflow with {handoffTree: [handoff], sessionList: [session]}' },
  'workflows pause': { json: 'the workflow as "workflows show" gives it' },
  'workflows resume': { json: 'the workflow as "workflows show" gives it' },
  'workflows cancel': { json: 'the workflow as "workflows show" gives it' },
  'workflows raise': { json: 'the workflow as "workflows show" gives it' },
  'workflows fork': { json: '{workflow, parent, at}' },
  handoffs: { json: `[${handoff}]` },
  'handoffs show': {
    json: `the handoff with {context, provides, requirements, ${checklist}, lease, deadline, declined, redrives, deadLetter: null|{code, attempts, circle: [{agent, handoff}]}, answer, decisions: [${decision}], history: [{event, type, at, by, said}]}`,
  },
  inbox: { json: `{agent, items: [${handoff.slice(0, -1)}, ${held}}], cursor}` },
  'handoffs accept': {
    json: '{handoff, workflow, session, agent, need, epoch, leaseUntil, brief}',
  },
  'handoffs decline': { json: '{handoff, status, to: string|null}' },
  'handoffs progress': { json: '{handoff, epoch, leaseUntil}' },
  'handoffs complete': {
    json: '{handoff, workflow, session, fields: [{label, text}], missing: string[], notes: string[], handedOn: [{status, …}]}',
  },
  'handoffs dead-letters': { json: 'a list of handoffs as "handoffs show" gives them' },
  'handoffs cancel': { json: 'the handoff as "handoffs show" gives it' },
  'handoffs supply': { json: 'the handoff as "handoffs show" gives it' },
  'handoffs redrive': { json: 'the handoff as "handoffs show" gives it' },
  sessions: { json: `[${session}]` },
  'sessions show': { json: `the session with {events: [${event}]}` },
  'sessions resume': { json: 'the session as "sessions show" gives it' },
  'sessions cancel': { json: 'the session as "sessions show" gives it' },
  'sessions decide': { json: 'the session as "sessions show" gives it' },
  'sessions approve': { json: 'the session as "sessions show" gives it' },
  'sessions deny': { json: 'the session as "sessions show" gives it' },
  decisions: {
    json: '[{topic, choice, rationale: string|null, performance: string|null, rationaleMissing, agent, by, session, event, at, section, standing, rehearsal}]',
  },
  'memory show': {
    json: '{document, revision, text}, or the section; without --json exactly the bytes',
  },
  'memory list': { json: '[{document, sections: [{section, heading, owner: string|null, by, at}]}]' },
  'memory owners': { json: '[{document, section, heading, owner: string|null, …}]' },
  'memory assign': { json: '{document, section, owner: string|null, event: string|null}' },
  'memory diff': {
    json: '{document, from, to, equal, sections: [{section, heading, change, owner, added, removed}], unified}',
  },
  'memory log': { json: '[{event, at, by, via, session, reason, sections: [{heading, change}]}]' },
  'memory blame': { json: `[${line}]` },
  'memory search': {
    json: '[{document, section, heading, text, event, at, by, session, standing}]',
  },
  'memory report': { json: '[{document, section, heading, owner, bytes, lines, ageDays, …}]' },
  'memory readers': { json: '[{session, agent, document, section, heading, …}]' },
  'memory influence': {
    json: '{session, lines, readers, sections: [{session, agent, document, heading, event, repeats}]}',
  },
  'memory restore': { json: '{document, section, event: string|null}' },
  'memory undo': { json: undone },
  undo: { json: undone },
  why: { json: `{line: ${line}, session, handoff, call, given, echoes}` },
  agents: { json: `[${agent}, sections, diagnostics: number}]` },
  'agents list': { json: `[${agent}, sections, diagnostics: number}]` },
  'agents show': { json: `${agent}, definition, diagnostics: [{code, message}]}` },
  'agents retire': { json: '{name, retired: true, event: string|null}' },
  'agents doctor': {
    json: '{agents: [{name, file, description, tools, model, color, examples, recovered, section, sections, template, worksWith, handoffRequirements, summaryFields, diagnostics}], skipped: [{file, reason}], diagnostics: [{code, message}]}',
    found: 'an agent cannot be loaded',
  },
  route: {
    json: `{chosen: string|null, code, reason, confidence, candidates: [${candidate}], excluded, requirements, missing, policy}`,
  },
  'route bench': {
    json: '{n, top1, top3, mrr, abstained, p50Ms, calibration: {ece, bins: [{from, to, n, confidence, right}]}, crossValidated: null|{folds, top1, top3, mrr, abstained, calibration, gap: {top1, top3, mrr}}}',
  },
  'route replay': {
    json: '{policy, decisions, elsewhere, msPerDecision, differences: [{handoff, event, at, from, need, was, now, policyWas, reasonWas, reasonNow}]}',
  },
  'route graph': {
    json: '{agents: string[], edges: [{from, to, declared: string[], recorded: [{note, event}], happened: {handoffs, completed, declined}}]}',
  },
  log: { json: `one event a line: ${event}` },
  tail: { json: `one event a line: ${event}` },
  projections: { json: '{position, projections: [{name, keys}]}' },
  'projections show': {
    json: '{projection, key, state, markdown}; with several keys and none named {projection, keys}',
  },
  rebuild: {
    json: '{position, projections, documents}; with --check {equal, position, differences: [{projection, key, firstDifference}]}',
    found: '--check found a difference',
  },
  prove: {
    json: '{intact, sessions, calls, firstDifference: null|{…}, drift: null|{…}}',
    found: 'it is not intact',
  },
  seal: { json: '{seal: null|{through, size, root, previous, signature, keyId}, event, folder}' },
  verify: {
    json: '{ok, events, sealed, seals, outside, firstBad: null|{kind, position, event, message}, findings}',
    found: 'the log is not as it was sealed, or a key that tells it is missing',
  },
  'evidence export': { json: '{workflow, folder, events, sealed, keyId, complete}' },
  'evidence verify': {
    json: '{ok, workflow, events, keyId, line, problem, complete, open: string[], absent: string[]}',
    found: 'something in the folder was altered, or left out of what was signed',
  },
  export: { json: '{file, events, digest, position}; nothing but the events when FILE is -' },
  import: { json: '{file, events, imported, already, position}' },
  backup: { json: '{folder, bytes, digest}' },
  restore: { json: '{log, bytes, at, aside: string[]}' },
  'store health': { json: '{state, detail, …}', found: 'the store is not ready' },
  'store compact': { json: '{file, before, after}' },
  'store migrate': { json: '{events, imported, already, digest, projections, moments, …}' },
  'keys create': {
    json: '{id, name, role, agent, status, createdAt, expiresAt, revokedAt, secret}, secret being the key: it is shown only now',
  },
  'keys list': { json: '[{id, name, role, agent, status, createdAt, expiresAt, revokedAt}]' },
  'keys revoke': { json: 'the key as "keys list" gives it' },
  serve: { json: 'first line: {url}' },
  mcp: { json: 'nothing: stdout is the protocol' },
  worker: { json: 'first line: {worker, store, status: string|null}' },
  start: { json: 'first line: {url, …}' },
}
