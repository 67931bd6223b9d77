import { Deadline } from '../../packages/graceful/dist/deadline.js'
import { Sources } from '../../packages/graceful/dist/propagation/sources.js'
import { waitForPropagation } from '../../packages/graceful/dist/propagation/wait.js'
import type { Random } from './arrivals.ts'
import type { Rule } from './rules.ts'
import type { Scenario } from './scenarios.ts'
import { VirtualClock } from './virtual-clock.ts'

/** How long the pod has served when the signal comes, in ms. */
const HISTORY = 3_600_000
/** How long the library looks back on a source without pauses of more than 20 s, in ms: an earlier start changes nothing. */
const LOOK_BACK = 90_000
const BUDGET = 60_000

export interface Arrival {
  readonly at: number
  readonly source: string
}

/** Returns every connection to one pod, from its start until the last source has switched. The signal comes at 0. */
export function arrivalsOf({ sources }: Scenario, random: Random): Arrival[] {
  const all = sources.flatMap(({ count, arrivals, delay, rare = false }, kind) =>
    Array.from({ length: count }, (_, index) =>
      arrivals(random, rare ? -HISTORY : -LOOK_BACK, delay(random)).map((at) => ({ at, source: `${kind}.${index}` })),
    ),
  )
  return all.flat().toSorted((left, right) => left.at - right.at)
}

export interface Outcome {
  /** From the signal to the close of the listener, in ms. */
  readonly delay: number
  /** Connections that came after the close. */
  readonly lost: number
}

/** Runs the library's own rule over these arrivals, in virtual time. */
export async function terminate(rule: Rule, arrivals: readonly Arrival[], phase: number): Promise<Outcome> {
  // The phase varies where the library's buckets of two seconds begin, since the arrivals do not depend on it.
  const signal = HISTORY + phase
  const sources = new Sources(rule.limits)
  // Like the library: with a fixed delay, arrivals do not count.
  const counts = rule.min < rule.max
  let next = 0
  const arriveUntil = (now: number): void => {
    for (let arrival = arrivals[next]; arrival !== undefined && signal + arrival.at <= now; arrival = arrivals[next]) {
      if (counts) sources.record(arrival.source, signal + arrival.at)
      next += 1
    }
  }
  arriveUntil(signal)
  const clock = new VirtualClock(signal, arriveUntil)
  await clock.complete(waitForPropagation(clock, rule, sources, new Deadline(clock, BUDGET)))
  return { delay: clock.now() - signal, lost: arrivals.length - next }
}
