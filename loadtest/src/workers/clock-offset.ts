/** One exchange with another machine: when it was asked, what it answered, and when the answer came. In ms. */
export interface ClockSample {
  readonly askedAt: number
  readonly answeredAt: number
  /** Its clock when it answered. */
  readonly remote: number
}

export interface ClockOffset {
  /** The other clock minus this one, in ms. */
  readonly offsetMs: number
  /** The true offset is at most this far away, in ms: half of the time that the exchange took. */
  readonly uncertaintyMs: number
}

/**
 * Computes the offset of another machine's clock by the rule of NTP (RFC 5905 §8): the other machine read its clock in the middle of
 * the exchange. The shortest exchange says most, because what it was delayed in either direction is bounded by its length.
 *
 * @returns undefined if there is no sample
 */
export function clockOffset(samples: readonly ClockSample[]): ClockOffset | undefined {
  let best: ClockOffset | undefined
  for (const { askedAt, answeredAt, remote } of samples) {
    const uncertaintyMs = (answeredAt - askedAt) / 2
    if (best === undefined || uncertaintyMs < best.uncertaintyMs) {
      best = { offsetMs: remote - (askedAt + answeredAt) / 2, uncertaintyMs }
    }
  }
  return best
}
