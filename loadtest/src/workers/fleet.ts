import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../base/clock.js'
import { UsageError } from '../base/errors.js'
import { plural } from '../base/text.js'
import { createNotes } from '../clients/client.js'
import type { ConnectionNotes } from '../clients/client.js'
import type { Load } from '../clients/load.js'
import type { Profile } from '../inputs/profile/profile.js'
import type { EndedAttempt } from '../ledger/ledger.js'
import type { DeployedLoad, DeployOptions, LoadSource } from '../proof/load-source.js'
import type { WorkerRecord } from '../verdict/story/worker-record.js'
import type { ReceivedAttempt } from './batch.js'
import type { WorkerHost } from './host.js'
import { RemoteWorker } from './remote-worker.js'
import { shareOf } from './spec.js'
import type { WorkerSpec } from './spec.js'

export interface FleetOptions {
  /** Makes the host of one run. */
  readonly createHost: () => WorkerHost
  readonly workers: number
  /** How long the workers may take until they are ready, in ms. Default: two minutes. */
  readonly startLimitMs?: number
}

const START_LIMIT = 120_000
/** The workers get the order to start this long before the load starts, in ms. */
const HEAD_START = 500
/** How long the last attempts of a worker may take to arrive after its last answer, in ms. */
const DELIVERY_LIMIT = 20_000

/** Lets workers send the load. All of them together send what one machine would send. */
export const createFleet = (options: FleetOptions): LoadSource => ({
  deploy: async (run) => {
    const host = options.createHost()
    try {
      return await deploy(options, run, host)
    } catch (error) {
      await host.remove()
      throw error
    }
  },
})

async function deploy(
  { workers: count, startLimitMs = START_LIMIT }: FleetOptions,
  { ledger, signal, ...run }: DeployOptions,
  host: WorkerHost,
): Promise<DeployedLoad> {
  const { serverLog: _, ...profile } = run.profile
  const spec: WorkerSpec = {
    ...run,
    profile,
    addresses: await host.addresses(run.urls),
    clients: run.clients.map(({ name }) => name),
    workers: count,
  }
  await host.create(spec)
  const starved = new Set<number>()
  const judge = createdOnce(run.profile)
  const workers = Array.from(
    { length: count },
    (_each, index) =>
      new RemoteWorker(index, host, (attempt) => {
        if (attempt.starved) starved.add(attempt.number)
        ledger.record(judge(attempt))
      }),
  )
  await allStarted(workers, host, startLimitMs, signal)
  return {
    start: () => startWorkers(workers.filter(({ lost }) => lost === undefined)),
    starved: (_from, _to, attempt = 0) => starved.has(attempt),
    workers: () => workers.map((worker) => recordOf(worker, host, shareOf(spec, worker.index).rate)),
    remove: async () => {
      for (const worker of workers) worker.release()
      return host.remove()
    },
  }
}

/** Returns what compares the ids of created things between workers: one that comes twice is the response to another request. */
function createdOnce({ paths: { create } }: Profile): (attempt: ReceivedAttempt) => EndedAttempt {
  const known = new Set<string>()
  return (attempt) => {
    const { createdId } = attempt
    if (createdId === undefined || create?.uniqueIds === false) return attempt
    if (!known.has(createdId)) {
      known.add(createdId)
      return attempt
    }
    const detail = `${create?.idField} ${JSON.stringify(createdId)} was the response to a POST of another worker, too`
    return { ...attempt, ending: { ...attempt.ending, outcome: 'wrong-body', detail } }
  }
}

/**
 * Waits until every worker is ready or lost.
 *
 * @throws {UsageError} all are lost
 */
async function allStarted(
  workers: readonly RemoteWorker[],
  host: WorkerHost,
  limitMs: number,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController()
  const limit = sleep(limitMs, undefined, { signal: over.signal }).catch(() => undefined)
  const interrupted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.race([Promise.all(workers.map(({ started }) => started)), limit, interrupted])
  over.abort()
  if (signal.aborted) return
  for (const worker of workers) {
    if (worker.byName === undefined && worker.lost === undefined) {
      worker.lose(`it was not ready after ${limitMs / 1_000} s: ${host.waitsFor(worker.index) ?? 'it did not answer'}`)
    }
  }
  const first = workers.find(({ usage, lost }) => usage && lost !== undefined) ?? workers[0]
  if (first === undefined || workers.some(({ lost }) => lost === undefined)) return
  const which = workers.length === 1 ? 'the worker' : `none of the ${plural(workers.length, 'worker')}`
  throw new UsageError(
    `${which} ${workers.length === 1 ? 'cannot send' : 'can send'} the load: ${nameOf(first.index, host)}: ${first.lost}`,
  )
}

const nameOf = (index: number, host: WorkerHost): string => {
  const pod = host.place(index)?.pod
  return `worker ${index}${pod === undefined ? '' : ` (pod ${pod})`}`
}

function startWorkers(workers: readonly RemoteWorker[]): Load {
  const notes = createNotes()
  const at = now() + HEAD_START
  for (const worker of workers) worker.start(at)
  return {
    notes,
    // A worker stops when it gets the limit for its last responses, right after this.
    stop: () => undefined,
    giveUp: () => {
      for (const worker of workers) worker.giveUp()
    },
    drain: async (ms) => {
      for (const worker of workers) worker.stop(ms)
      const over = new AbortController()
      const limit = sleep(ms + DELIVERY_LIMIT, undefined, { signal: over.signal }).catch(() => undefined)
      await Promise.race([Promise.all(workers.map(({ ended }) => ended)), limit])
      over.abort()
      for (const worker of workers) {
        if (worker.lost === undefined) worker.lose('its last requests did not arrive in time')
        if (worker.end !== undefined) addNotes(notes, worker.end.notes)
      }
    },
  }
}

function addNotes(sum: ConnectionNotes, { opened, closedEarly, shortestIdleMs, streamsEnded }: ConnectionNotes): void {
  sum.opened += opened
  sum.closedEarly += closedEarly
  sum.streamsEnded += streamsEnded
  sum.shortestIdleMs = Math.min(sum.shortestIdleMs ?? Infinity, shortestIdleMs ?? Infinity)
  if (sum.shortestIdleMs === Infinity) sum.shortestIdleMs = undefined
}

function recordOf(worker: RemoteWorker, host: WorkerHost, rate: number): WorkerRecord {
  const { index, attempts, lost, clock, byName, end } = worker
  const place = host.place(index)
  return {
    index,
    pod: place?.pod ?? null,
    node: place?.node ?? null,
    attempts,
    rate,
    lost: lost ?? null,
    clockOffsetMs: clock === undefined ? null : round(clock.offsetMs),
    clockUncertaintyMs: clock === undefined ? null : round(clock.uncertaintyMs),
    byName: byName ?? null,
    harness: end?.self ?? null,
  }
}

const round = (ms: number): number => Math.round(ms * 10) / 10
