import { readFileSync } from 'node:fs'
import { now } from '../clock.js'

/** What the system has counted so far, in ms; undefined where it does not count it. */
export interface CpuCounters {
  /** How long this thread was ready to run and had no CPU. */
  readonly waited: number | undefined
  /** How long any process on this machine was ready to run and had no CPU. */
  readonly pressure: number | undefined
}

/** How much of a time this machine withheld, as shares of it. */
export interface Withheld {
  /** From this process: it was ready and had no CPU, or its event loop did not come round. */
  readonly own: number
  /** From any process on this machine, the servers among them; null where the system does not tell. */
  readonly any: number | null
}

/** Whether what was late between two moments, by the monotonic clock, may have been late for want of a CPU. */
export type Starved = (from: number, to: number) => boolean

export interface StarvationWatch {
  readonly starved: Starved
  /** @returns what was withheld of the whole time */
  stop(): Withheld
}

/**
 * A share of this process's time that a machine with CPUs to spare does not withhold: on two cores it is 0.06 to 0.14 beside
 * the local target, up to 0.27 beside a whole cluster, with requests started in time. Whoever waits for half of the time beside
 * its work has a queue, and what stands in it can take any time.
 */
const OWN = 0.5
/** On the same machine 0.1 to 0.26, and up to 0.57. With somebody waiting all but always, the machine has more to do than it can: who waits for how long is chance. */
const ANY = 0.9

const INTERVAL = 500

interface Look {
  readonly at: number
  readonly waited: number
  readonly late: number
  readonly pressure: number | undefined
}

/**
 * Watches how this machine shares out its CPUs while there is load, twice a second. A look takes some ten microseconds, and
 * is kept: 4 MB for a day.
 *
 * @param read the counters; Linux alone has them, elsewhere the lateness of the event loop is all there is
 */
export function watchStarvation(read: () => CpuCounters = readCounters): StarvationWatch {
  const looks: Look[] = []
  let late = 0
  const look = (): void => {
    const at = now()
    const { waited = 0, pressure } = read()
    const before = looks.at(-1)
    if (before) late += Math.max(0, at - before.at - INTERVAL)
    looks.push({ at, waited, late, pressure })
  }
  look()
  const timer = setInterval(look, INTERVAL).unref()
  return {
    starved: (from, to) => isStarved(between(looks, from, to)),
    stop: () => {
      clearInterval(timer)
      look()
      return between(looks, -Infinity, Infinity)
    },
  }
}

export const isStarved = ({ own, any }: Withheld): boolean => own >= OWN || (any ?? 0) >= ANY

/** By the looks around it. */
function between(looks: readonly Look[], from: number, to: number): Withheld {
  const first = looks.findLast(({ at }) => at <= from) ?? looks[0]
  const last = looks.find(({ at }) => at >= to) ?? looks.at(-1)
  if (!first || !last || last.at <= first.at) return { own: 0, any: null }
  const whole = last.at - first.at
  const share = (ms: number): number => Math.round(Math.min(1, Math.max(0, ms / whole)) * 1_000) / 1_000
  return {
    own: share(Math.max(last.waited - first.waited, last.late - first.late)),
    any: first.pressure === undefined || last.pressure === undefined ? null : share(last.pressure - first.pressure),
  }
}

/** Linux's own account of this thread and of the machine. */
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
    // Not Linux, or not compiled into this one.
    return undefined
  }
}
