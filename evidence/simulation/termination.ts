import { Deadline } from '../../packages/graceful/dist/deadline.js'
import { ArrivalRates, waitForPropagation } from '../../packages/graceful/dist/propagation.js'
import { FakeRuntime } from '../../packages/graceful/test/harness/fake-runtime.ts'
import type { Random } from './arrivals.ts'
import type { Rule } from './rules.ts'
import type { Scenario } from './scenarios.ts'

/** How long the pod has served when the signal comes, in ms. The library looks back for a shorter time. */
const HISTORY = 90_000
const BUDGET = 60_000

export interface Arrival {
  readonly at: number
  readonly source: string
}

/** Returns every connection to one pod, from its start until the last source has switched. The signal comes at 0. */
export function arrivalsOf({ sources }: Scenario, random: Random): Arrival[] {
  const all = sources.flatMap(({ count, arrivals, delay }, kind) =>
    Array.from({ length: count }, (_, index) =>
      arrivals(random, -HISTORY, delay(random)).map((at) => ({ at, source: `${kind}.${index}` })),
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
  // The phase varies where the library's one-second buckets begin, since the arrivals do not depend on it.
  const runtime = new FakeRuntime(HISTORY + phase)
  const signal = runtime.now()
  const rates = new ArrivalRates()
  const before = arrivals.filter(({ at }) => at <= 0)
  const after = arrivals.slice(before.length)
  // Like the library: with a fixed delay, arrivals do not count.
  if (rule.min < rule.max) {
    for (const { at, source } of before) rates.record(source, signal + at)
    let next = 0
    const arrive = () => {
      const arrival = after[next++]
      if (arrival === undefined) return
      runtime.setTimeout(
        () => {
          rates.record(arrival.source, runtime.now())
          arrive()
        },
        signal + arrival.at - runtime.now(),
      )
    }
    arrive()
  }
  await runtime.complete(waitForPropagation(runtime, rule, rates, new Deadline(runtime, BUDGET)))
  const delay = runtime.now() - signal
  return { delay, lost: after.filter(({ at }) => at > delay).length }
}
