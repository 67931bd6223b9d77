import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientClass, Limits } from '../../clients/client.js'
import { now } from '../../base/clock.js'
import { Ledger } from '../../ledger/ledger.js'
import type { LedgerSummary } from '../../ledger/ledger.js'
import { startLoad } from '../../clients/load.js'
import type { Fault } from './faults/fault.js'
import { plantedFaults } from './faults/index.js'
import { startProxy } from './proxy.js'
import type { Proxy } from './proxy.js'
import type { FaultResult, SelfTestResult } from '../../verdict/self-test-result.js'
import { assertOpenFiles } from '../../base/machine/open-files.js'
import { watchSelf } from '../../base/machine/self-watch.js'
import { SELF_TEST_PROFILE, startServer } from './server.js'

/** The limits of a real run: a busy machine must not look like a fault. */
const LIMITS: Limits = { connectMs: 5_000, answerMs: 10_000 }
/** Late answers have to be waited for, but not longer than this. */
const SHORT_LIMITS: Limits = { ...LIMITS, answerMs: 5_000 }
const LATE = SHORT_LIMITS.answerMs + 2_000
/** Requests per second of each client class for each fault. */
const RATE = 8
/** How often every class must meet every fault. */
const ENOUGH = 2
/** How long that may take, in ms. After it, the self-test reports that the class did not meet the fault. */
const PATIENCE = 10_000
const SHOWN = 5

/**
 * Plants faults between the real clients and a test server, and checks that the ledger gives each one the right outcome, and reports
 * no other fault. Takes about seven seconds, on the loopback interface.
 *
 * @param clients the client classes; those that the test server supports take part
 * @returns undefined if interrupted
 * @throws {UsageError} this process may open too few files
 */
export async function selfTest(
  clients: readonly ClientClass[],
  signal: AbortSignal,
): Promise<SelfTestResult | undefined> {
  assertOpenFiles()
  const server = await startServer()
  const self = watchSelf()
  const able = clients.filter((client) => client.supports(SELF_TEST_PROFILE))
  try {
    const ends: Promise<Met>[] = []
    for (const [index, fault] of [undefined, ...plantedFaults(LATE)].entries()) {
      // One after the other, so that they do not slow each other down. Only the wait for late responses overlaps.
      // oxlint-disable-next-line no-await-in-loop -- see above
      const { end } = await meet(`zd-self${index}`, fault, server.port, able, signal)
      ends.push(end)
    }
    const faults = await Promise.all(ends)
    if (signal.aborted) return undefined
    return {
      passed: faults.every(({ result }) => result.wrong.length === 0),
      requests: faults.reduce((total, { requests }) => total + requests, 0),
      faults: faults.map(({ result }) => result),
      busyMs: self.stop({ count: 0, p50: null, p99: null, max: null }).eventLoopDelayMs.max ?? 0,
    }
  } finally {
    server.close()
  }
}

interface Met {
  readonly result: FaultResult
  readonly requests: number
}

/** Runs load until every class has met the fault. `end` resolves after the last answer. */
async function meet(
  runId: string,
  fault: Fault | undefined,
  port: number,
  clients: readonly ClientClass[],
  signal: AbortSignal,
): Promise<{ end: Promise<Met> }> {
  const ledger = new Ledger(runId)
  const limits = fault?.expected === 'timed-out' ? SHORT_LIMITS : LIMITS
  // One proxy for each class, to count how often each met the fault.
  const lanes = await Promise.all(
    clients.map(async (client) => {
      const proxy = await startProxy(port, SELF_TEST_PROFILE.requestId.header, fault)
      const options = { profile: SELF_TEST_PROFILE, rate: RATE, seed: 1, limits, ledger }
      return { client, proxy, load: startLoad({ ...options, urls: [proxy.url], clients: [client] }) }
    }),
  )
  const start = now()
  const met = (): boolean =>
    fault === undefined ? now() - start > PATIENCE / 10 : lanes.every(({ proxy }) => proxy.hits >= ENOUGH)
  // oxlint-disable-next-line no-await-in-loop -- waits in turns
  while (!met() && now() - start < PATIENCE && !signal.aborted) await sleep(20)
  for (const { load } of lanes) load.stop()
  const drained = Promise.all(lanes.map(({ load }) => load.drain(signal.aborted ? 0 : limits.answerMs + 2_000)))
  const end = drained.then(() => {
    for (const { proxy } of lanes) proxy.close()
    const summary = ledger.summary()
    return { result: compare(fault, lanes, summary), requests: summary.attempts }
  })
  return { end }
}

interface Lane {
  readonly client: ClientClass
  readonly proxy: Proxy
}

/** Compares planted with recorded outcomes, request by request. */
function compare(fault: Fault | undefined, lanes: readonly Lane[], { failures }: LedgerSummary): FaultResult {
  const reported = new Map(failures.map((failure) => [failure.id, failure]))
  const wrong: string[] = []
  const clients: Record<string, { planted: number; found: number }> = {}
  for (const { client, proxy } of lanes) {
    let found = 0
    if (fault && proxy.hits === 0) wrong.push(`${client.name} never met the fault`)
    for (const [id, expected] of proxy.planted) {
      const outcome = reported.get(id)?.outcome ?? 'answered'
      reported.delete(id)
      if (outcome === expected) found += 1
      else wrong.push(`${client.name}: expected ${expected}, recorded ${outcome}`)
    }
    clients[client.name] = { planted: proxy.planted.size, found }
  }
  for (const { client, outcome, ending } of reported.values()) {
    wrong.push(`${client}: ${outcome} without a planted fault: ${ending.detail ?? ''}`)
  }
  const tally = Object.values(clients)
  return {
    name: fault?.name ?? 'none',
    description: fault?.description ?? 'every response passes unchanged',
    expected: fault?.expected ?? null,
    planted: tally.reduce((total, { planted }) => total + planted, 0),
    found: tally.reduce((total, { found }) => total + found, 0),
    clients,
    wrong: wrong.slice(0, SHOWN),
  }
}
