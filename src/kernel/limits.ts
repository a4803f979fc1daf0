/** Every limit of Daybook, by name. Units come last: Bytes, Chars, Count, Ms, Usd. */
export const limits = {
  /** One event, encoded. KurrentDB appends at most 1 MiB at once, metadata included. */
  eventBytesMax: 512 * 1024,
  /** All events of one append, encoded. */
  appendBytesMax: 1000 * 1024,
  appendEventsMax: 512,
  streamNameCharsMax: 200,
  readPageEvents: 500,
  storedPageEvents: 100,
  optimisticRetriesMax: 64,
  /** The longest pause of a writer that was too late, before it tries again. */
  stepAsideMsMax: 100,

  agentFileBytesMax: 256 * 1024,
  agentFilesMax: 2_000,
  agentFolderDepthMax: 8,
  agentFolderEntriesMax: 50_000,
  agentPathCharsMax: 600,
  frontMatterBytesMax: 64 * 1024,
  frontMatterDepthMax: 16,
  frontMatterAliasesMax: 32,
  agentNameCharsMax: 100,
  partnersMax: 100,
  requirementsMax: 50,
  summaryFieldsMax: 50,
  examplesMax: 50,
  toolsMax: 200,

  documentNameCharsMax: 100,
  documentBytesMax: 2 * 1024 * 1024,
  sectionBytesMax: 256 * 1024,
  sectionsMax: 2_000,
  headingCharsMax: 300,
  /** List items and quotes that one line may open inside each other. */
  nestingMax: 100,
  changesMax: 500,
  /** Lines added and removed that are looked for in one comparison; beyond, only between lines that are unique. */
  lineDiffEditsMax: 1_000,
  lineDiffGapEditsMax: 100,
  /** Calls that a document remembers, so that a repeated one edits nothing. */
  callsRememberedMax: 500,

  goalCharsMax: 20_000,
  needCharsMax: 20_000,
  contextCharsMax: 100_000,
  reasonCharsMax: 4_000,
  noteCharsMax: 2_000,
  /** Of the beginning of an id that stands for the whole. */
  idCharsMin: 4,
  /** A word or quoted text of an input that is said again whole in a message; of a longer one, its beginning. */
  echoCharsMax: 600,
  echoCutCharsMax: 100,
  summaryCharsMax: 100_000,
  toolOutputCharsMax: 128 * 1024,
  /** The same as JSON: control characters take six bytes each. */
  toolOutputBytesMax: 400 * 1024,
  /** What one call found out, in one append with its result. */
  findingsPerCallMax: 400,
  messageCharsMax: 256 * 1024,
  systemCharsMax: 384 * 1024,

  /** Parts of a session's first message. Together they fit into one event at three bytes a character. */
  promptSectionsCharsMax: 60_000,
  promptSectionsMax: 200,
  promptContextCharsMax: 45_000,
  promptProvidedCharsMax: 12_000,
  promptMissingCharsMax: 6_000,
  promptListedCharsMax: 6_000,
  promptTeamCharsMax: 12_000,
  promptNamesCharsMax: 4_000,
  promptDecisionsCharsMax: 6_000,
  promptDecisionsMax: 12,
  remindersMax: 2,
  handoffHopsMax: 8,
  handoffsPerWorkflowMax: 200,
  handoffsPerSessionMax: 20,
  candidatesRecordedMax: 5,
  /** Words of one field, and of one need, that routing looks at. */
  routingWordsMax: 4_000,
  routingNeedWordsMax: 300,
  routingWordCharsMax: 40,
  /** Decisions that a replay lists; the others are counted. */
  routingDifferencesMax: 1_000,
  /** A second opinion about a close call, and its longest answer. */
  secondOpinionMs: 30_000,
  secondOpinionTokensMax: 500,
  handoffAttemptsMax: 3,
  /** Times that a worker takes up its own work again that its lease ran out on, without a step in between. */
  handoffStallsMax: 10,
  /** Agents that are asked, one after the other, before a person looks at it. */
  handoffDeclinesMax: 5,
  /** How long somebody who works elsewhere holds a handoff without a word. */
  externalLeaseMs: 15 * 60 * 1000,
  externalLeaseMsMax: 24 * 60 * 60 * 1000,
  /** Lines that one report on a handoff may bring with it, each an event. */
  notesPerReportMax: 100,
  /** One wait for an inbox to change; ask again after it. */
  inboxWaitMsMax: 55_000,
  inboxItemsMax: 500,
  /** Between two looks at an inbox for all who wait for it. */
  inboxPauseMs: 25,
  /** A sentence of the context that meets a requirement, as the brief quotes it. */
  quoteCharsMax: 240,

  turnsPerSessionMax: 100,
  tokensPerWorkflowMax: 5_000_000,
  costPerWorkflowUsdMax: 5,
  wallTimePerSessionMs: 60 * 60 * 1000,
  outputTokensPerCallMax: 16_000,
  modelAttemptsMax: 6,
  /** Of a model call: until its stream begins, between two events of the stream, and in all. */
  modelFirstByteMs: 120_000,
  modelSilenceMs: 180_000,
  modelCallMs: 15 * 60 * 1000,
  modelRetryAfterMsMax: 24 * 60 * 60 * 1000,
  /** An answer, encoded: it has to fit into one event beside its envelope. */
  answerBytesMax: 448 * 1024,
  answerBlocksMax: 900,
  /** What is kept of an answer whose stream was cut. */
  partialAnswerCharsMax: 64 * 1024,
  partialBlocksMax: 100,
  /** Failures of one endpoint in a row after which its calls stop for a while; the wait doubles each time. */
  breakerFailures: 4,
  breakerOpenMs: 20_000,
  breakerOpenMsMax: 120_000,

  /** Tools in the workspace. Larger files are not read or written; outputs are cut afterwards, see `toolOutputCharsMax`. */
  toolFileBytesMax: 8 * 1024 * 1024,
  /** A file that is only compared may be larger. */
  toolDigestBytesMax: 256 * 1024 * 1024,
  toolPathCharsMax: 4_000,
  toolLinksMax: 16,
  multiEditsMax: 100,
  walkEntriesMax: 50_000,
  walkDepthMax: 40,
  globPatternCharsMax: 1_000,
  grepPatternCharsMax: 1_000,
  /** Of a longer line only the beginning is searched. */
  grepLineCharsMax: 10_000,
  grepContextLinesMax: 50,
  searchMatchesMax: 1_000,
  searchMs: 20_000,
  bashCommandCharsMax: 50_000,
  bashMsDefault: 120_000,
  bashMsMax: 600_000,
  bashOutputBytesMax: 8 * 1024 * 1024,
  /** Between the friendly end of a process group and the other one. */
  bashKillMs: 500,
  /** Changed files of one call that go on record one by one. */
  filesRecordedMax: 200,
  fetchUrlCharsMax: 4_000,
  fetchBytesMax: 5 * 1024 * 1024,
  fetchMs: 30_000,
  fetchRedirectsMax: 5,
  /** Rules that ask a person before a tool is used. */
  approvalRulesMax: 100,

  leaseMs: 30_000,
  leaseMsMin: 500,
  leaseMsMax: 60 * 60 * 1000,
  drainMs: 10_000,
  /** What a terminal and npm both pass on comes within this time. */
  sameSignalMs: 500,
  /** Between two renderings of what other processes edited, and at most until the next look. */
  renderPauseMs: 200,
  renderLookMs: 2_000,
  /** Two processes do not render one document at the same time; a holder that is older than this is over. */
  renderLockMs: 15_000,
  renderLockPauseMs: 10,
  /** A wait for it that is longer is told. */
  renderLockToldMs: 1_000,
  /** A save of a document: until two looks agree, how long what seems unfinished must be quiet, and at most. */
  settleLookMs: 20,
  settleQuietMs: 300,
  settleMsMax: 3_000,
  /** A save so soon after a rendering may have been begun before it. */
  savedUnseenMs: 5_000,
  /** Renderings and saves of a document whose times are kept. */
  renderingsKeptMax: 200,
  /** Saves whose text is kept for a while, for it stood on disk and in no log. */
  savesKeptMax: 4,
  /** Text whose headings are at hand because it was parsed lately: some forty documents of 50 KB. */
  parsedCharsMax: 2_000_000,
  /** Texts found on disk that are at hand as documents. */
  textsReadMax: 16,
  /** States of a document that are at hand to find out where a save began. */
  documentStatesMax: 500,
  /** Between a change that the system tells of and the look at it, and between looks without being told. */
  watchPauseMs: 30,
  watchLookMs: 5_000,
  watchPollMs: 1_000,
  /** One question to git; moves of its HEAD that are looked at; how long a checkout may take after the file. */
  gitMs: 3_000,
  gitMovesMax: 20,
  gitSettleMs: 1_000,
  /** A worker looks for leases that ran out, also when nothing happens. */
  workerLookMs: 1_000,
  /** Problems of one handoff in a row after which a drain gives up, and after which a server ends it. */
  problemsMax: 3,
  problemsServedMax: 8,
  /** How long a worker leaves a handoff alone that met a problem. */
  setAsideMsMin: 500,
  setAsideMsMax: 60_000,
  storeAttemptsMax: 8,
  streamsCachedMax: 500,
  storeTimeoutMs: 10_000,
  storeCloseMs: 5_000,
  subscriptionPollMs: 25,
  storeHealthMs: 2_000,
  /** Copyings of a log that somebody still appends to. */
  migrationRoundsMax: 4,
  reconnectMsMin: 25,
  reconnectMsMax: 2_000,
  projectNameCharsMax: 64,
  /** A page also ends here, so that large events cannot fill the memory. */
  readPageBytesMax: 8 * 1024 * 1024,
  /** Positions that one page of a filtered read looks at. */
  readScanEventsMax: 4_000,
  /** Appends that share one commit. */
  groupCommitAppendsMax: 256,
  appendsQueuedMax: 10_000,
  /** How old a reader's look at whether the log's file is still in its place may be. */
  storeInPlaceMs: 5,
  /** How long one attempt to lock an SQLite file may block the thread; then it is tried again later. */
  storeLockAttemptMs: 10,
  /** An SQLite write-ahead log that grew larger is cut back to this when it is reused. */
  walBytesKept: 16 * 1024 * 1024,
  concurrentSessionsMax: 4,

  /** Commits of one document that are brought in as its past. */
  historyCommitsMax: 2_000,
  /** What Claude Code gives a hook on stdin; a longer one is no payload. */
  hookPayloadBytesMax: 16 * 1024 * 1024,
  /** How long a hook may keep Claude Code waiting: in all, and for the log. Later it leaves what it was told to the next one. */
  hookMs: 1_200,
  hookSessionMs: 4_000,
  hookOpenMs: 400,
  /** What goes on beside Claude Code when a hook was not done in time. */
  hookCatchUpMs: 60_000,
  /** Payloads that wait on disk, those kept because they could not be carried out, and files held ready for a full disk. */
  hooksWaitingMax: 5_000,
  hooksFailedKept: 100,
  hookReserveFiles: 8,
  hookReserveBytes: 64 * 1024,
  hookFailuresKept: 200,
  /** Of a transcript only the end is looked at. */
  transcriptTailBytes: 512 * 1024,
  /** Claude Code shows no more than 10,000 characters of what a hook says. */
  hookContextCharsMax: 9_500,
  hookInboxMax: 5,
  /** Until then a subagent that was not heard of holds its handoff. */
  hookLeaseMs: 4 * 60 * 60 * 1000,
  /** A larger file that an agent changes is not read for its digest. */
  hookDigestBytesMax: 32 * 1024 * 1024,
  /** The same call within that time is one that two set-ups tell of. */
  hookTwiceMs: 15_000,
  /** A save so young may be an agent's whose hook is on its way. */
  hookOnItsWayMs: 2_000,

  httpBodyBytesMax: 1024 * 1024,
  httpPageMax: 1_000,
  /** How long a request waits for a position that it wants to be answered after. */
  awaitedPositionMs: 3_000,
  /** Until a request's headers, and all of it, have arrived. */
  httpHeadersMs: 10_000,
  httpRequestMs: 30_000,
  /** Between two looks for requests that are late. */
  httpLateLookMs: 1_000,
  jsonDepthMax: 32,
  eventStreamsMax: 600,
  /** What is written to a client at once, and all that waits for one that takes nothing. */
  eventStreamChunkChars: 64 * 1024,
  /** Between two chunks for those who follow live. */
  eventStreamPauseMs: 40,
  /** The last events that are at hand as frames for all who follow; who is further behind reads the store. */
  eventTailEvents: 2_000,
  eventTailCharsMax: 8 * 1024 * 1024,
  eventStreamHeartbeatMs: 15_000,
  /** What a client is told to wait before it connects again. */
  eventStreamRetryMs: 2_000,
  /** A client that takes nothing for so long is let go. */
  eventStreamStalledMs: 30_000,
  idempotencyKeyCharsMax: 200,
  /** For who asks again with the same Idempotency-Key an answer is kept in so many events of so many characters. */
  answerPartsMax: 16,
  answerPartCharsMax: 64 * 1024,
  /** How long a request under an Idempotency-Key may take before another process may carry it out. */
  requestMs: 60_000,
  /** Until a server that is asked how it is must have answered. */
  serverAskedMs: 10_000,
  /** Until a server must have answered a command that was sent to it. */
  serverAnswersMs: 120_000,
  /** How often a command asks whether long work of a server is done. */
  workLookMsMin: 50,
  workLookMsMax: 2_000,
  /** How often a command looks how a workflow of a server stands, and after how many looks without news it says so. */
  workflowLookMs: 500,
  workflowUnmovedLooks: 40,
  /** How long a command that followed a workflow still listens for its last events. */
  lastEventsMs: 300,
  /** An answer that takes longer is told to the operator. */
  slowAnswerMs: 2_000,
  /** Connections at the same time, headers of a request, and requests on one connection. */
  httpConnectionsMax: 2_000,
  httpHeaderBytesMax: 16 * 1024,
  httpHeadersMax: 100,
  httpRequestsPerConnectionMax: 100_000,
  /** Requests a minute: with a key, on this machine without one, and from an address that shows none that is valid. */
  requestsPerMinute: 6_000,
  localRequestsPerMinute: 600_000,
  strangersRequestsPerMinute: 60,
  /** API keys of a log, the revoked ones included. */
  apiKeysMax: 10_000,
  keyNameCharsMax: 100,
  /** How old a look at whether there are keys may be, on a server that needs none. */
  keysSeenMs: 1_000,
  /** Verifications, replays and the like that a server remembers, and those that wait for the one before them. */
  longWorksMax: 100,
  longWorksWaitingMax: 20,

  /** Spans that wait for their receiver, how long they gather, one sending, and all of it when a process ends. */
  tracesQueuedMax: 4_096,
  tracesBegunMax: 10_000,
  tracesDelayMs: 1_000,
  tracesSendMs: 3_000,
  tracesCloseMs: 2_000,

  /** MCP: one message, what one answer shows of a text, lists, and streams that wait for changes. */
  mcpMessageBytesMax: 1024 * 1024,
  mcpTextCharsMax: 100_000,
  mcpListedMax: 100,
  mcpSearchCharsMax: 500,
  mcpResourcesMax: 1_000,
  mcpSubscriptionsMax: 100,
  /** Between two looks at the memory for those who wait for changes. */
  mcpLookMs: 500,

  /** What projections keep in one state; older entries are let go and counted. */
  decisionsKeptMax: 5_000,
  integrationPointsKeptMax: 2_000,
  validationsKeptMax: 1_000,
  statementsPerTextMax: 500,
  /** Forks of one workflow at one moment, with the same overrides. */
  forksOfMomentMax: 1_000,
  boardHandoffsMax: 1_000,
  boardSessionsMax: 1_000,
  transcriptEntriesMax: 5_000,
  transcriptEntryCharsMax: 20_000,
  transcriptCharsMax: 1024 * 1024,
  /** Events folded into the projections before their states are written. */
  projectionBatchEvents: 5_000,
  /** Events that a process folds for itself before it keeps a snapshot: what a new process reads at most. */
  snapshotEvents: 2_000,
  /** Revisions of a document after which its state is kept, and characters of it that one revision pays for. */
  documentSnapshotRevisions: 500,
  documentSnapshotCharsPerRevision: 200,
  /** Documents whose sections a process knows as of every moment. */
  documentTimelinesMax: 20,
  /** Places of the log whose time is at hand; an ISO time is read from the nearest. */
  timeMarksMax: 1_024,
  /** Workflows that are over and stay in memory; older ones are recalled from the snapshot. */
  workflowsCachedMax: 200,
  /** How old a look at what is kept beside the log may be, while the log stands still. */
  keptLookMs: 20,
  /** Between two foldings of what comes. A read that waits for a position does not wait for it. */
  projectionPauseMs: 50,
  projectionStatesCachedMax: 500,
  projectionLagEventsMax: 10_000,
  projectionFilesMax: 100,
  differenceCharsMax: 200,

  /** Events, and milliseconds, after which what is not sealed yet is; looked at every `sealCheckMs`. */
  sealEvents: 1_000,
  sealMs: 60_000,
  sealCheckMs: 2_000,
  /** A process that seals longer than this lets others begin. */
  sealBookBytesMax: 256 * 1024 * 1024,
  /** What one verification lists at most. */
  findingsMax: 100,
  notSecretsMax: 1_000,
  /** Hashes of a proof: a log of 2^40 events. */
  proofHashesMax: 40,
  proofBytesMax: 16 * 1024,
  evidenceEventsMax: 200_000,
} as const
