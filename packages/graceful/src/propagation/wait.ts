import type { Deadline } from '../deadline.js'
import type { Clock, Timer } from '../process/runtime.js'
import type { AdaptiveDelay, DelayEnd, DelayReport } from '../types.js'
import { explain } from './explanation.js'
import type { Sources } from './sources.js'

/** Time between two looks at the evidence, in ms. */
const POLL = 50

export interface EndOfDelay {
  readonly end: DelayEnd
  /** Undefined for a fixed delay, which depends on no source. */
  readonly report: DelayReport | undefined
}

/**
 * Waits until the propagation delay can end. If the three times are equal, the delay is fixed.
 *
 * @param onExtended called once if the delay does not end at `expected`
 */
export async function waitForPropagation(
  clock: Clock,
  delay: Record<keyof AdaptiveDelay, number>,
  sources: Sources,
  deadline: Deadline,
  onExtended: (report: DelayReport) => void = () => {},
): Promise<EndOfDelay> {
  const started = clock.now()
  const minAt = started + delay.min
  sources.freeze(started)
  let extended = false
  let next = delay.min
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- each round waits for the next look
    const inTime = await passes(next, clock, deadline)
    let now = clock.now()
    let end = inTime ? endAt(now - started, delay, sources, now) : 'deadline'
    if (end === 'evidence' || end === 'expected') {
      // oxlint-disable-next-line no-await-in-loop -- as above
      await acceptWaiting(clock)
      now = clock.now()
      end = endAt(now - started, delay, sources, now)
    }
    if (end !== undefined) {
      return { end, report: delay.min === delay.max ? undefined : explain(sources, { now, minAt, extended }) }
    }
    if (!extended && now - started >= delay.expected) {
      extended = true
      onExtended(explain(sources, { now, minAt, extended }))
    }
    next = Math.min(POLL, started + (extended ? delay.max : delay.expected) - now)
  }
}

/** Returns the reason to end the delay after `waited` ms; undefined if it goes on. */
function endAt(
  waited: number,
  { expected, max }: Record<keyof AdaptiveDelay, number>,
  sources: Sources,
  now: number,
): DelayEnd | undefined {
  if (waited >= max) return 'max'
  if (sources.allSwitched(now)) return 'evidence'
  return waited >= expected && !sources.someConnect(now) ? 'expected' : undefined
}

/**
 * Waits until the connections that the kernel holds for this process are accepted. After a long computation, the timer fires before
 * them, and every source seems to have been silent for as long as the computation took.
 */
async function acceptWaiting(clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    clock.setImmediate(resolve)
  })
}

/** Waits for `ms`, and returns false if the deadline comes first. */
async function passes(ms: number, clock: Clock, deadline: Deadline): Promise<boolean> {
  let timer: Timer | undefined
  const wait = new Promise<void>((resolve) => {
    timer = clock.setTimeout(resolve, ms)
  })
  const inTime = await deadline.allows(wait)
  if (!inTime) clock.clearTimeout(timer)
  return inTime
}
