const EPOCH_OFFSET = Date.now() - performance.now()

/** Returns the time in ms on a monotonic clock, with which every duration is measured. */
export const now = (): number => performance.now()

/** Converts a time of {@link now} to epoch ms. Later steps of the system clock do not change the result. */
export const toEpoch = (moment: number): number => EPOCH_OFFSET + moment
