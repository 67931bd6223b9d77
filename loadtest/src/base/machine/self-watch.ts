import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Summary } from '../histogram.js'
import { ownFault } from './own-fault.js'
import type { OwnFault } from './own-fault.js'
import { watchStarvation } from './starvation.js'
import type { CpuCounters, Starved, Withheld } from './starvation.js'
import { plural } from '../text.js'

/** How well the harness kept up. */
export interface SelfReport {
  /** Delays of the event loop, in ms. */
  readonly eventLoopDelayMs: Summary
  /** How much later than scheduled requests were started, in ms. */
  readonly latenessMs: Summary
  /** CPU time used by this process, as a share of one core. */
  readonly cpu: number
  readonly peakMemoryMiB: number
  /** The share of time in which the machine had no CPU for this process, or for any. */
  readonly withheld: Withheld
  /** Counts of requests that this machine itself failed, by the system's error code, as `EMFILE`. */
  readonly shortages: Readonly<Record<string, number>>
}

export interface SelfWatch {
  readonly starved: Starved
  stop(latenessMs: Summary, shortages?: SelfReport['shortages']): SelfReport
}

const RESOLUTION = 10
const NANOSECONDS = 1e6

/** Watches this process under load, for delays that would make its measurements worthless. */
export function watchSelf(readCpu?: () => CpuCounters): SelfWatch {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION })
  delay.enable()
  const cpuBefore = process.cpuUsage()
  const started = performance.now()
  const starvation = watchStarvation(readCpu)
  return {
    starved: starvation.starved,
    stop: (latenessMs, shortages = {}) => {
      delay.disable()
      const { user, system } = process.cpuUsage(cpuBefore)
      return {
        eventLoopDelayMs: {
          count: delay.count,
          p50: delay.count === 0 ? null : ms(delay.percentile(50)),
          p99: delay.count === 0 ? null : ms(delay.percentile(99)),
          max: delay.count === 0 ? null : ms(delay.max),
        },
        latenessMs,
        withheld: starvation.stop(),
        cpu: Math.round(((user + system) / 10 / (performance.now() - started)) * 100) / 10_000,
        peakMemoryMiB: Math.round(process.resourceUsage().maxRSS / 1024),
        shortages,
      }
    },
  }
}

/** Subtracts the interval of the timer, which every recorded value includes. */
const ms = (nanoseconds: number): number => Math.max(0, Math.round(nanoseconds / NANOSECONDS - RESOLUTION))

/**
 * If one in a hundred requests starts this late, in ms, the load was not the one that was asked for. Delays of some tens of
 * milliseconds on a busy machine only make the load less even.
 */
const LATE = 500
/** A longer stall, in ms, can hide a whole hazard window. */
const STALL = 2_000

const UNNAMED: OwnFault = { problem: 'failed', wayOut: 'run again' }

/** Returns why the harness, not the service, limited this run; undefined if the harness kept up. */
export function bottleneck({ eventLoopDelayMs, latenessMs, shortages }: SelfReport): string | undefined {
  const [code, count] = Object.entries(shortages)[0] ?? []
  if (code !== undefined && count !== undefined) {
    const { problem, wayOut } = ownFault(code) ?? UNNAMED
    return `this machine ${problem}: ${plural(count, 'request')} ended with ${code}; ${wayOut}`
  }
  if ((latenessMs.p99 ?? 0) > LATE) {
    return `this machine was too busy for the load: 1 request in 100 started ${latenessMs.p99} ms late or more; lower --rate`
  }
  const stall = Math.max(latenessMs.max ?? 0, eventLoopDelayMs.max ?? 0)
  if (stall > STALL) {
    return `this machine stalled for ${Math.round(stall)} ms during the run; run again on an idle machine`
  }
  return undefined
}
