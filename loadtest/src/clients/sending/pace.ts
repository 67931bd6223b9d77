import { now } from '../../base/clock.js'
import type { Random } from '../../base/random.js'

/**
 * Arrivals of a Poisson process, open loop: each is due at a moment that was drawn without regard to any answer, and one
 * that this process was too busy for is made up for at once, with its own scheduled time.
 *
 * @param rate arrivals per second
 * @returns what stops it
 */
export function pace(rate: number, random: Random, arrive: (scheduledAt: number) => void): () => void {
  const mean = 1_000 / rate
  let due = now() + random.exponential(mean)
  let timer: NodeJS.Timeout | undefined
  const wake = (): void => {
    const moment = now()
    while (due <= moment) {
      arrive(due)
      due += random.exponential(mean)
    }
    timer = setTimeout(wake, due - moment)
  }
  wake()
  return () => clearTimeout(timer)
}
