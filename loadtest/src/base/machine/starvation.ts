import { readFileSync } from 'node:fs'
import { now } from '../clock.js'

/** Counters of the operating system so far, in ms; undefined if it does not have them. */
export interface CpuCounters {
  /** How long this thread was ready to run but had no CPU. */
  readonly waited: number | undefined
  /** How long any process on this machine was ready to run but had no CPU. */
  readonly pressure: number | undefined
}

/** The shares of a period in which CPUs were missing. */
export interface Withheld {
  /** This process was ready but had no CPU, or its event loop was late. */
  readonly own: number
  /** Any process on this machine was ready but had no CPU, the servers included; null if unknown. */
  readonly any: number | null
}

/**
 * Returns whether a lack of CPU may explain a delay between two moments of the monotonic clock. The number of the attempt decides
 * which machine is meant, if several send the load.
 */
export type Starved = (from: number, to: number, attempt?: number) => boolean

export interface StarvationWatch {
  readonly starved: Starved
  /** Stops the watch, and returns the shares of the whole time. */
  stop(): Withheld
}

/**
 * From this share on, this process counts as starved. With CPUs to spare the share is lower: on two cores 0.06 to 0.14 beside the
 * local target, and up to 0.27 beside a whole cluster. A process that waits half of the time has a queue, in which a request can
 * wait for any time.
 */
const OWN = 0.5
/** From this share on, the machine counts as overloaded. On the same machines the share is 0.1 to 0.26, and up to 0.57. */
const ANY = 0.9

const INTERVAL = 500

interface Sample {
  readonly at: number
  readonly waited: number
  readonly late: number
  readonly pressure: number | undefined
}

/**
 * Watches, twice a second, whether this process gets a CPU while there is load. A sample takes about ten microseconds and is kept:
 * 4 MB for a day.
 *
 * @param read reads the counters. Only Linux has them; elsewhere the lateness of the event loop has to do.
 */
export function watchStarvation(read: () => CpuCounters = readCounters): StarvationWatch {
  const samples: Sample[] = []
  let late = 0
  const sample = (): void => {
    const at = now()
    const { waited = 0, pressure } = read()
    const before = samples.at(-1)
    if (before) late += Math.max(0, at - before.at - INTERVAL)
    samples.push({ at, waited, late, pressure })
  }
  sample()
  const timer = setInterval(sample, INTERVAL).unref()
  return {
    starved: (from, to) => isStarved(between(samples, from, to)),
    stop: () => {
      clearInterval(timer)
      sample()
      return between(samples, -Infinity, Infinity)
    },
  }
}

export const isStarved = ({ own, any }: Withheld): boolean => own >= OWN || (any ?? 0) >= ANY

/** Computes the shares of a period from the samples around it. */
function between(samples: readonly Sample[], from: number, to: number): Withheld {
  const first = samples.findLast(({ at }) => at <= from) ?? samples[0]
  const last = samples.find(({ at }) => at >= to) ?? samples.at(-1)
  if (!first || !last || last.at <= first.at) return { own: 0, any: null }
  const whole = last.at - first.at
  const share = (ms: number): number => Math.round(Math.min(1, Math.max(0, ms / whole)) * 1_000) / 1_000
  return {
    own: share(Math.max(last.waited - first.waited, last.late - first.late)),
    any: first.pressure === undefined || last.pressure === undefined ? null : share(last.pressure - first.pressure),
  }
}

/** Reads the counters of Linux for this thread and for the machine. */
function readCounters(): CpuCounters {
  return {
    waited: count('/proc/thread-self/schedstat', /^\d+ (\d+)/, 1e6),
    pressure: count('/proc/pressure/cpu', /^some .*total=(\d+)/, 1e3),
  }
}

function count(path: string, pattern: RegExp, perMs: number): number | undefined {
  try {
    const found = pattern.exec(readFileSync(path, 'latin1'))?.[1]
    return found === undefined ? undefined : Number(found) / perMs
  } catch {
    // Not Linux, or a kernel without this counter.
    return undefined
  }
}
