import { setTimeout as sleep } from 'node:timers/promises'
import { startBackground } from '../clients/background/background.js'
import type { BackgroundReport } from '../clients/background/report.js'
import { now, toEpoch } from '../base/clock.js'
import { PLAIN } from '../base/wire/access.js'
import type { Addresses } from '../base/wire/http1/resolve.js'
import type { Ledger } from '../ledger/ledger.js'
import type { DeployedLoad } from './load-source.js'
import { startLoad } from '../clients/load.js'
import type { Phase, RunOptions } from './run-options.js'
import { startRetrying } from '../clients/retrying/retrying.js'
import type { RetryingReport } from '../clients/retrying/retrying.js'
import type { RunRecord } from '../verdict/story/run-record.js'
import { watchSelf } from '../base/machine/self-watch.js'
import type { SelfReport } from '../base/machine/self-watch.js'
import type { Starved } from '../base/machine/starvation.js'
import type { RolloutOutcome, Target } from '../targets/target.js'
import type { Timeline } from '../verdict/story/timeline.js'

/** The results of the time under load. */
export type Loaded = Pick<
  RunRecord,
  'rolloutStartedAt' | 'rolloutEndedAt' | 'outcome' | 'connections' | 'background' | 'retrying' | 'self'
> & { readonly starved: Starved }

interface Underway {
  readonly target: Target
  /** The addresses at which the target's URLs answered before the load. */
  readonly addresses: Addresses
  /** The machines that send the load. Undefined: this one. */
  readonly deployed?: DeployedLoad | undefined
  readonly ledger: Ledger
  readonly timeline: Timeline
}

/** Starts the load, warms up, rolls out, cools down, stops the load, and waits for the last responses. */
export async function underLoad(
  options: RunOptions,
  { target, addresses, deployed, ledger, timeline }: Underway,
  enter: (phase: Phase) => void,
): Promise<Loaded> {
  const { profile, clients, access = PLAIN, rate, seed, limits, signal } = options
  const self = watchSelf()
  const load =
    deployed?.start() ??
    startLoad({ urls: target.urls, access, addresses, clients, profile, rate, seed, limits, ledger })
  const background =
    options.backgroundRate > 0
      ? startBackground({
          urls: target.urls,
          request: profile.paths.read,
          rate: options.backgroundRate,
          requestIdHeader: profile.requestId.header,
          access,
          runId: `zd-${seed}`,
          timeoutMs: limits.answerMs,
        })
      : undefined
  const retrying =
    options.retryingRate !== undefined && options.retryingRate > 0
      ? startRetrying({
          urls: target.urls,
          request: profile.paths.read,
          rate: options.retryingRate,
          seed,
          requestIdHeader: profile.requestId.header,
          access,
          runId: `zd-${seed}-retrying`,
          timeoutMs: limits.answerMs,
        })
      : undefined
  let rolloutStartedAt: number | null = null
  let rolloutEndedAt: number | null = null
  let outcome: RolloutOutcome = { status: 'interrupted' }
  let backgroundReport: BackgroundReport | null = null
  let retryingReport: RetryingReport | null = null
  let selfReport: SelfReport
  try {
    enter('warming up')
    await pause(options.warmUpMs, signal)
    if (!signal.aborted) {
      enter('rolling out')
      rolloutStartedAt = toEpoch(now())
      outcome = await rollOut(target, options)
      rolloutEndedAt = toEpoch(now())
    }
    if (!signal.aborted) {
      enter('cooling down')
      if (outcome.status === 'finished') await allGone(timeline, signal)
      await pause(options.coolDownMs, signal)
    }
  } finally {
    enter('last responses')
    load.stop()
    const hurry = (): void => void setTimeout(() => load.giveUp(), HASTE).unref()
    signal.addEventListener('abort', hurry, { once: true })
    const [report, noticed] = await Promise.all([
      background?.stop(),
      retrying?.stop(signal.aborted ? HASTE : longestAnswer(options)),
      load.drain(signal.aborted ? HASTE : longestAnswer(options)),
    ])
    signal.removeEventListener('abort', hurry)
    backgroundReport = report ?? null
    retryingReport = noticed ?? null
    selfReport = self.stop(ledger.latenessMs(), deployed ? {} : ledger.shortages())
  }
  if (signal.aborted) outcome = { status: 'interrupted' }
  return {
    rolloutStartedAt,
    rolloutEndedAt,
    outcome,
    connections: load.notes,
    background: backgroundReport,
    retrying: retryingReport,
    starved: deployed?.starved ?? self.starved,
    self: selfReport,
  }
}

/** How long the last old pods may take to exit after the rollout, in ms. */
const LAST_EXITS = 60_000
/** How long an interrupted run waits for the last responses, in ms: the user waits for the prompt. */
const HASTE = 2_000

/** Returns the longest time until every attempt has ended by its own limit, in ms. */
const longestAnswer = ({ limits, profile }: RunOptions): number => {
  const { slow, stream, upload, events, websocket } = profile.paths
  const longest = Math.max(
    slow?.ms.max ?? 0,
    stream ? stream.chunks.max * stream.every : 0,
    upload?.slowMs.max ?? 0,
    events ? events.count.max * events.every : 0,
    websocket ? limits.connectMs : 0,
  )
  return limits.answerMs + longest + 1_000
}

async function rollOut(target: Target, { signal, timeoutMs }: RunOptions): Promise<RolloutOutcome> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const outcome = await target.rollout(AbortSignal.any([signal, timeout]))
  if (outcome.status === 'interrupted' && timeout.aborted && !signal.aborted) {
    return { status: 'failed', reason: `the rollout did not finish within ${timeoutMs / 1_000} s (--timeout)` }
  }
  return outcome
}

/** Waits for the last old pods, which may still drain after the rollout. */
async function allGone(timeline: Timeline, signal: AbortSignal): Promise<void> {
  const end = now() + LAST_EXITS
  const some = (): boolean => timeline.terminations.some(({ goneAt }) => goneAt === null)
  // oxlint-disable-next-line no-await-in-loop -- waits in turns
  while (some() && now() < end && !signal.aborted) await sleep(50)
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}
