import { now } from '../../base/clock.js'
import type { Random } from '../../base/random.js'

/**
 * Calls `arrive` at the times of a Poisson process (open loop: answers do not delay arrivals). If this process was too busy, it
 * catches up at once, and each arrival keeps its scheduled time.
 *
 * @param rate arrivals per second
 * @returns a function that stops the arrivals
 */
export function pace(rate: number, random: Random, arrive: (scheduledAt: number) => void): () => void {
  const mean = 1_000 / rate
  let due = now() + random.exponential(mean)
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const wake = (): void => {
    const moment = now()
    // oxlint-disable-next-line no-unmodified-loop-condition -- `arrive` can stop the arrivals
    while (due <= moment && !stopped) {
      arrive(due)
      due += random.exponential(mean)
    }
    if (!stopped) timer = setTimeout(wake, due - moment)
  }
  wake()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}
