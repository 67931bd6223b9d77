import { HarnessError, messageOf, UsageError } from '../base/errors.js'
import type { DeployedLoad } from './load-source.js'
import { createNotes } from '../clients/client.js'
import { now, toEpoch } from '../base/clock.js'
import { PLAIN } from '../base/wire/access.js'
import type { Addresses } from '../base/wire/http1/resolve.js'
import { Ledger } from '../ledger/ledger.js'
import { byStatusAlone, unmatched } from '../inputs/profile/status-alone.js'
import { preflight } from './preflight.js'
import { logMatches } from './log-matches.js'
import { createLogCheck } from '../ledger/logs/log-check.js'
import { createRefusals } from '../ledger/refusals.js'
import { createRoutes } from '../ledger/routes.js'
import type { Phase, RunOptions, RunState } from './run-options.js'
import type { RunRecord } from '../verdict/story/run-record.js'
import { isOutOfFiles } from '../base/machine/own-fault.js'
import { watchSelf } from '../base/machine/self-watch.js'
import { ServerLog } from '../ledger/logs/server-log.js'
import type { Target } from '../targets/target.js'
import { earlierName } from '../verdict/story/pod-life.js'
import { Timeline } from '../verdict/story/timeline.js'
import { underLoad } from './under-load.js'
import type { Loaded } from './under-load.js'

/** The hazard window of a target that sees no pods. No pod has this name. */
const NO_POD = ''
const RUN_ID_SPAN = 36 ** 6

/**
 * Runs load on a target while it is rolled out: start, check, warm up, roll out, cool down until every old pod is gone, stop, wait
 * for the last responses, restore. The target is always restored, even if the run throws.
 *
 * @throws {UsageError | HarnessError} the target cannot be used
 */
export async function run(options: RunOptions): Promise<RunRecord> {
  const { role, round, signal, watcher } = options
  const timeline = new Timeline()
  const runId = `zd-${Math.floor(Math.random() * RUN_ID_SPAN).toString(36)}`
  const routes = createRoutes()
  const ledger = new Ledger(runId, { routes })
  const refusals = createRefusals()
  const attempts = options.loadSource ? ledger.reportedLate : ledger.attempts
  const serverLog = new ServerLog(runId, options.profile.serverLog, attempts)
  // A twin may log nothing.
  const { serverLog: format } = options.profile
  let logCheck = format !== undefined && role === 'service' ? createLogCheck(format) : undefined
  let closesAlways = false
  const target = options.createTarget(role, {
    podOutput: (pod, line) => {
      serverLog.line(pod, line)
      logCheck?.line(line)
    },
    refused: (connection) => {
      refusals.add(connection)
      if (isOutOfFiles(connection.code)) ledger.fileShortages.note(now())
    },
    routed: (connection) => routes.add(connection),
  })
  const state: RunState = { role, round, timeline, totals: () => ledger.totals }
  const enter = (phase: Phase): void => watcher.phase?.(phase, state)
  const startedAt = toEpoch(now())

  /** A new pod may have the name of one that has gone: record the earlier pod under another name. */
  const renameEarlier = (pod: string): void => {
    const { life = 1 } = timeline.pod(pod, Infinity) ?? {}
    if (life > 1) for (const books of [ledger, serverLog]) books.renamePod(pod, earlierName(pod, life - 1))
  }
  let addresses: Addresses = new Map()
  let deployed: DeployedLoad | undefined
  let loaded: Loaded | undefined
  let failure: unknown
  try {
    enter('starting')
    const starting = target.start((event) => {
      timeline.add(event)
      if (event.type === 'pod-created') renameEarlier(event.pod)
      if (event.type === 'pod-terminating') ledger.beginHazard(event.pod)
      if (event.type === 'pod-gone') ledger.endHazard(event.pod)
      if (event.type === 'window-opened') ledger.beginHazard(NO_POD)
      if (event.type === 'window-closed') ledger.endHazard(NO_POD)
      if (event.type === 'log-gap') serverLog.gap()
      watcher.event?.(event)
    })
    await unlessAborted(starting, signal)
    if (!signal.aborted) {
      enter('checking')
      const { profile, clients, access = PLAIN, rate, seed, limits, loadSource } = options
      const { urls } = target
      deployed = await loadSource?.deploy({ urls, access, runId, profile, clients, rate, seed, limits, ledger, signal })
      if (!deployed) {
        const note = (): void => void (closesAlways = true)
        addresses = await preflight({ urls, access, profile, clients, limits, signal, closesAlways: note })
      }
      // Workers have sent the requests before the load, too.
      if (logCheck !== undefined) await logMatches(logCheck, signal)
      logCheck = undefined
    }
    const underway = { target, addresses, deployed, ledger, timeline }
    const ours = { ...options, clients: useful(options.clients, closesAlways) }
    loaded = signal.aborted ? nothingRan() : await underLoad(ours, underway, enter)
  } catch (error) {
    failure = error
  }
  enter('restoring')
  const workers = deployed?.workers() ?? []
  const workersLeft = await deployed?.remove()
  const kept = loaded?.outcome.status === 'finished' && !options.restoreAfterwards
  const leftover =
    [workersLeft, await restore(target, kept)].filter((each) => each !== undefined).join('; ') || undefined
  if (!loaded) throw withLeftover(failure, leftover)
  const { starved, ...underway } = loaded
  return {
    role,
    round,
    description: target.description,
    urls: target.urls,
    startedAt,
    endedAt: toEpoch(now()),
    ...underway,
    workers,
    byStatusAlone: byStatusAlone(options.profile),
    unmatched: unmatched(options.profile),
    ledger: ledger.summary({
      serverLog,
      refusals,
      starved,
      outOfFiles: (from, to) => routes.some && ledger.fileShortages.near(from, to),
      isUnready: (at) => timeline.isUnready(at),
    }),
    timeline,
    serverLog,
    refusals,
    kept,
    leftover,
  }
}

/** Leaves out the classes that test nothing on such a server, unless no other is left. */
function useful(clients: RunOptions['clients'], closesAlways: boolean): RunOptions['clients'] {
  const others = clients.filter(({ persistent }) => !persistent)
  return closesAlways && others.length > 0 ? others : clients
}

/** Resolves early on an abort: `restore` then ends the start. */
async function unlessAborted(starting: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.race([starting, aborted])
  if (signal.aborted) starting.catch(() => undefined)
}

const nothingRan = (): Loaded => ({
  rolloutStartedAt: null,
  rolloutEndedAt: null,
  outcome: { status: 'interrupted' },
  connections: createNotes(),
  background: null,
  retrying: null,
  starved: () => false,
  self: watchSelf().stop({ count: 0, p50: null, p99: null, max: null }),
})

/** Restores the target. An error becomes a sentence, so that the run still gets its report. */
const restore = (target: Target, kept: boolean): Promise<string | undefined> =>
  target.restore({ kept }).catch((error: unknown) => `the target was not restored: ${messageOf(error)}`)

/** Adds what could not be restored to the error of a failed run. */
function withLeftover(failure: unknown, leftover: string | undefined): unknown {
  if (leftover === undefined || !(failure instanceof Error)) return failure
  const message = `${failure.message} ${leftover}`
  const Kind = [UsageError, HarnessError].find((each) => failure instanceof each) ?? Error
  return new Kind(message, { cause: failure })
}
