import { setTimeout as sleep } from 'node:timers/promises'
import { now, toEpoch } from '../base/clock.js'
import { watchSelf } from '../base/machine/self-watch.js'
import type { SelfReport } from '../base/machine/self-watch.js'
import { startLoad, type LoadOptions } from '../clients/load.js'
import { Ledger } from '../ledger/ledger.js'
import type { LedgerSummary } from '../ledger/ledger.js'
import { createRefusals } from '../ledger/refusals.js'
import { preflight } from '../proof/preflight.js'
import { shareOf } from './spec.js'

export interface TimedLoadOptions extends Required<Omit<LoadOptions, 'addresses' | 'created' | 'ledger'>> {
  /** The number of pods of the Job, which share the rate, and the number of this one, from 0. */
  readonly workers: number
  readonly index: number
  readonly durationMs: number
  /** Ends the load early. */
  readonly signal: AbortSignal
}

/** The view of the clients alone. Times are epoch ms. */
export interface TimedLoad {
  readonly startedAt: number
  readonly endedAt: number
  readonly interrupted: boolean
  readonly ledger: LedgerSummary
  readonly harness: SelfReport
}

/** How long an interrupted load waits for its last responses, in ms. */
const HASTE = 2_000
/** The longest stream or WebSocket ends within this time, in ms. */
const LONGEST = 30_000

/**
 * Sends a share of a load for a fixed time, without a coordinator. It knows no pods and no logs: the clients alone decide.
 *
 * @throws {UsageError} the service does not answer every kind of request
 */
export async function timedLoad(options: TimedLoadOptions): Promise<TimedLoad> {
  const { urls, access, profile, clients, index, limits, durationMs, signal } = options
  const { rate, seed, share } = shareOf(options, index)
  const addresses = await preflight({ urls, access, profile, clients, limits, signal })
  const ledger = new Ledger(`zd-load-${seed.toString(36)}`, { share })
  const self = watchSelf()
  const startedAt = toEpoch(now())
  const load = startLoad({ urls, access, addresses, clients, profile, rate, seed, limits, ledger })
  await sleep(durationMs, undefined, { signal }).catch(() => undefined)
  load.stop()
  await load.drain(signal.aborted ? HASTE : limits.answerMs + LONGEST)
  const harness = self.stop(ledger.latenessMs(), ledger.shortages())
  const evidence = { serverLog: { of: () => undefined, summary: () => undefined }, refusals: createRefusals() }
  return {
    startedAt,
    endedAt: toEpoch(now()),
    interrupted: signal.aborted,
    ledger: ledger.summary({ ...evidence, starved: self.starved }),
    harness,
  }
}
