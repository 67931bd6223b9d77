import { z } from 'zod'
import { OUTCOME_NAMES } from '../../src/base/attempt.ts'
import type { Outcome } from '../../src/base/attempt.ts'
import type { Report } from '../../src/reports/report.ts'
import { SCHEMA_VERSION } from '../../src/reports/report.ts'

/**
 * The source of `report.schema.json`. Its test compares it with {@link Report} in both directions: a field that is only in one of
 * them does not compile.
 */

const count = z.int().nonnegative()
const epoch = z.number().describe('epoch ms')
const ms = z.number().describe('ms')
const seen = epoch.nullable().describe('epoch ms; null where it was not seen')
const outcome = z.enum(OUTCOME_NAMES as [Outcome, ...Outcome[]]).meta({ id: 'outcome' })
const outcomes = z
  .strictObject(Object.fromEntries(OUTCOME_NAMES.map((each) => [each, count])) as Record<Outcome, typeof count>)
  .meta({ id: 'outcomes', description: 'attempts by how they ended' })

const distribution = z
  .strictObject({ count, p50: ms.nullable(), p99: ms.nullable(), max: ms.nullable() })
  .meta({ id: 'distribution', description: 'ms at a few points of a distribution; null where nothing was recorded' })

const verdict = z.strictObject({
  status: z.enum(['proven', 'drops', 'inconclusive']),
  exitStatus: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
  sentence: z.string().describe('the whole of it, with its numbers'),
  doubts: z.array(z.string()).describe('why it proves nothing; empty when it does'),
  statistics: z.strictObject({
    rollouts: count,
    requests: count,
    drops: count,
    requestsInHazardWindows: count,
    dropsInHazardWindows: count,
    terminations: count,
    terminationsWithDrops: count,
    confidence: z.number(),
    upperBoundPerRequest: z.number().nullable(),
    upperBoundPerTermination: z.number().nullable(),
    twinRequests: count.nullable(),
    twinDrops: count.nullable(),
  }),
})

const selfTest = z.strictObject({
  passed: z.boolean(),
  requests: count,
  faults: z.array(
    z.strictObject({
      name: z.string(),
      description: z.string(),
      expected: outcome.nullable().describe('null where nothing was planted'),
      planted: count,
      found: count,
      clients: z.record(z.string(), z.strictObject({ planted: count, found: count })),
      wrong: z.array(z.string()),
    }),
  ),
  busyMs: count.describe('how late the event loop was at most, in ms'),
})

const requests = z.strictObject({
  attempts: count,
  drops: count,
  outcomes,
  seen: outcomes.describe('the same as the clients alone saw it'),
  answeredWithoutLog: count.nullable().describe("answers that no server's log knows; null where there are no logs"),
  exposure: z
    .strictObject({ attempts: count, drops: count, fresh: count, reused: count, spanning: count })
    .describe('attempts inside hazard windows: on new and reused connections, and in flight at a SIGTERM'),
  clients: z.record(
    z.string(),
    z.strictObject({
      attempts: count,
      drops: count,
      hazardAttempts: count,
      hazardDrops: count,
      outcomes,
      latencyMs: distribution,
    }),
  ),
  urls: z.record(z.string(), z.strictObject({ attempts: count, drops: count })),
})

const finding = z.strictObject({
  rule: z.string(),
  severity: z.enum(['error', 'warning', 'info']),
  object: z.string(),
  place: z.string().describe('file and line, or the object in the cluster'),
  message: z.string(),
  instead: z.string(),
})

const unanswered = z.strictObject({
  at: epoch.describe('epoch ms of its end'),
  id: z.string(),
  client: z.string(),
  url: z.string(),
  request: z.string(),
  outcome,
  detail: z.string().describe('what the client saw'),
  serverSide: z.string().nullable().describe("what the servers' logs say of it; null where they are not known"),
  reusedConnection: z.boolean(),
  pod: z.string().nullable().describe('null where nobody can say'),
  podKnown: z.boolean().describe('an answer, a log or a load balancer named the pod'),
  stage: z.enum(['no-pod', 'starting', 'ready', 'lame-duck', 'draining', 'gone']),
  cause: z.string(),
  advice: z.string().nullable().describe('null if the request was not dropped'),
  insideHazardWindow: z.boolean(),
  afterMs: ms.describe('since it was due, in ms'),
})

const arrival = z.strictObject({
  lastArrivalMs: ms.nullable().describe('since SIGTERM, in ms; null where nothing came after it'),
  spareMs: ms.nullable().describe('from there until the listener closed, in ms; negative where it came later'),
})

const assessment = z.enum(['too-short', 'near-miss', 'adaptive', 'comfortable', 'none-seen', 'unknown'])

const pod = z.strictObject({
  pod: z.string(),
  life: count.describe('from 1: a StatefulSet gives the name of a pod that has gone to the next one'),
  version: z.string().nullable(),
  createdAt: seen,
  readyAt: seen,
  unreadyAt: seen,
  terminatingAt: seen.describe('SIGTERM'),
  killedAt: seen.describe('SIGKILL without SIGTERM, on purpose'),
  endpointRemovedAt: seen,
  firstEndpointRemovedAt: seen,
  lastEndpointRemovedAt: seen,
  goneAt: seen,
  exitedAt: seen.describe('when its process exited, if the target knows it'),
  exitCode: z.int().nullable(),
  killed: z.boolean().describe('it took SIGKILL at the end of its grace period'),
  socketClosedAt: seen.describe('after SIGTERM: no socket of the pod listened any more'),
  waitingAtClose: count.nullable().describe('connections in its backlog at that moment'),
  wrapper: z.string().nullable().describe('the program that took SIGTERM, as npm, if it only started the service'),
  listenerClosedAt: seen,
  listenerClosedBy: z.enum(['socket', 'log', 'refusal', 'exit']).nullable(),
  lastFreshArrivalAt: seen,
  lastReusedArrivalAt: seen,
  lastAnswerAt: seen,
  answered: count,
  margin: z
    .strictObject({
      delayMs: ms.nullable(),
      fresh: arrival,
      assessment,
      comfortableDelayMs: ms.nullable(),
    })
    .nullable(),
})

const margin = z.strictObject({
  assessment,
  pod: z.string().nullable(),
  sentence: z.string(),
})

const traffic = z.strictObject({
  pods: z.record(
    z.string(),
    z.strictObject({
      version: z.string().nullable(),
      answered: count,
      firstAnswerAt: epoch,
      lastAnswerAt: epoch,
      lastFreshStartAt: seen,
      lastReusedStartAt: seen,
    }),
  ),
  seconds: z.array(
    z.strictObject({
      at: epoch,
      answered: z.record(z.string(), count).describe('by version; unknown where an answer named none'),
      dropped: count,
      latencyMs: distribution,
    }),
  ),
})

const event = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.strictObject({ at: epoch, type: z.literal(type), ...shape })
const name = { pod: z.string() }
const detail = { detail: z.string() }

const events = z.discriminatedUnion('type', [
  event('rollout-started', detail),
  event('rollout-progress', { ...detail, updated: count, desired: count }),
  event('rollout-finished', detail),
  event('rollout-failed', { reason: z.string() }),
  event('pod-created', { ...name, version: z.string() }),
  event('pod-ready', name),
  event('pod-unready', name),
  event('pod-terminating', name),
  event('listener-closed', { ...name, waiting: count }),
  event('pod-killed', name),
  event('endpoint-added', { ...name, through: z.string().exactOptional() }),
  event('endpoint-removed', { ...name, through: z.string().exactOptional() }),
  event('endpoint-conditions', { ...name, ready: z.boolean(), serving: z.boolean(), terminating: z.boolean() }),
  event('pod-gone', {
    ...name,
    exitedAt: epoch.exactOptional(),
    exitCode: z.int().nullable(),
    killed: z.boolean(),
    wrapper: z.string().exactOptional(),
  }),
  event('container-ended', { ...name, exitCode: z.int().nullable(), reason: z.string() }),
  event('window-opened', detail),
  event('window-closed', { replaced: z.string().nullable() }),
  event('watch-gap', detail),
  event('log-gap', detail),
])

const background = z.strictObject({
  issued: count,
  acknowledged: count,
  unexpectedStatus: count,
  unfinished: count,
  lostAfterClose: count.describe('by its own fault, written after Connection: close'),
  lost: count,
  lostRequests: z.array(z.strictObject({ id: z.string(), url: z.string(), at: epoch })),
  requestsPerSecond: z.number(),
  latencyMs: z.strictObject({ p50: ms, p99: ms, max: ms }).nullable(),
  autocannon: z.strictObject({ errors: count, timeouts: count, resets: count }),
  crashed: z.string().nullable(),
})

const retrying = z.strictObject({
  requests: count,
  answeredAtOnce: count,
  answeredAfterRetries: count,
  failed: count.describe('after the last retry: what users saw'),
  unfinished: count,
  retries: count,
  latencyMs: distribution,
  errors: z.array(z.string()),
})

const harness = z.strictObject({
  eventLoopDelayMs: distribution,
  latenessMs: distribution,
  cpu: z.number(),
  peakMemoryMiB: count,
  withheld: z
    .strictObject({ own: z.number(), any: z.number().nullable() })
    .describe('shares of the time in which zero-drop, and any process on its machine, was ready and had no CPU'),
  shortages: z.record(z.string(), count).describe('requests that could not be made, by error code'),
})

const worker = z.strictObject({
  index: count,
  pod: z.string().nullable().describe('null if nothing was created for it'),
  node: z.string().nullable(),
  attempts: count.describe('that it has delivered'),
  rate: z.number().describe('its share, in requests per second'),
  lost: z.string().nullable().describe('why attempts of it are missing; null if its ledger is complete'),
  clockOffsetMs: z.number().nullable().describe("its node's wall clock minus that of zero-drop's machine"),
  clockUncertaintyMs: ms.nullable().describe('how far the offset can be wrong: half of the fastest exchange'),
  byName: z.boolean().nullable().describe('whether DNS knew the host of the URL'),
  harness: harness.nullable().describe('null if it was lost before its end'),
})

const run = z.strictObject({
  role: z.enum(['service', 'twin']),
  round: z.string().describe('which of several rollouts it is, in words; empty where there is one'),
  description: z.string(),
  urls: z.array(z.string()),
  startedAt: epoch,
  endedAt: epoch,
  rolloutStartedAt: seen,
  rolloutEndedAt: seen,
  outcome: z.discriminatedUnion('status', [
    z.strictObject({ status: z.literal('finished') }),
    z.strictObject({
      status: z.literal('failed'),
      reason: z.string(),
      undone: z.boolean().exactOptional(),
    }),
    z.strictObject({ status: z.literal('interrupted') }),
  ]),
  byStatusAlone: z
    .array(z.string())
    .describe('the paths whose answers were taken for good by their status, whatever their body was'),
  unmatched: z.array(z.string()).describe('the paths whose answers were not matched to their requests'),
  requests,
  connections: z.strictObject({
    opened: count,
    closedEarly: count,
    shortestIdleMs: ms.nullable(),
    streamsEnded: count,
  }),
  unanswered: z.array(unanswered).describe('drops first; what is not listed is counted'),
  unansweredNotListed: count,
  pods: z.array(pod),
  margin: margin.nullable(),
  traffic,
  events: z.array(events),
  gaps: z.array(z.strictObject({ at: epoch, of: z.enum(['watch', 'log']), detail: z.string() })),
  serverLog: z
    .strictObject({
      executed: count,
      startsKnown: z.boolean(),
      gaps: count,
      executedTwice: count,
      executedTwiceIds: z.array(z.string()),
    })
    .nullable(),
  background: background.nullable(),
  retrying: retrying
    .nullable()
    .describe('what users of a client with the usual retries noticed; no part of the verdict'),
  harness,
  workers: z.array(worker).describe('the pods that sent the load; empty if the machine of zero-drop did'),
  kept: z.boolean(),
  leftover: z.string().nullable(),
})

const report = z.strictObject({
  schemaVersion: z.literal(SCHEMA_VERSION),
  tool: z.strictObject({ name: z.literal('zero-drop'), version: z.string() }),
  settings: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]))
    .describe('how the command was called, with every default filled in'),
  verdict,
  twinSkipped: z.string().nullable().describe('why there is no run of the naive twin; null where there is one'),
  selfTest: selfTest.nullable().describe('null where it was interrupted'),
  findings: z.array(finding).describe('what zero-drop doctor found before the runs'),
  runs: z.array(run).describe("the service's in order, then the twin's"),
})

/** `report.schema.json`. */
export const reportSchema = (): object => ({
  ...z.toJSONSchema(report, { target: 'draft-2020-12' }),
  title: 'The report of zero-drop prove. Times are epoch ms, durations ms.',
})

/** Removes `readonly` and flattens the type. */
type Plain<Type> = Type extends string | number | boolean | null | undefined
  ? Type
  : Type extends readonly (infer Item)[]
    ? Plain<Item>[]
    : { -readonly [Key in keyof Type]: Plain<Type[Key]> }

/** The type that the schema accepts, and the type of a report. They must be equal. */
export type SchemaReport = Plain<z.infer<typeof report>>
export type TypedReport = Plain<Report>
