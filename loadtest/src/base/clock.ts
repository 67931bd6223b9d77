const EPOCH_OFFSET = Date.now() - performance.now()

/** Milliseconds on a clock that never steps back. Every duration is measured on it. */
export const now = (): number => performance.now()

/** The epoch time of a moment on {@link now}'s clock, in milliseconds. A step of the system clock does not reach it. */
export const toEpoch = (moment: number): number => EPOCH_OFFSET + moment
