/*
 * PM2 sets these variables in the processes that it manages; in its cluster mode only when the program starts, after a preload.
 */

const { env } = process

/** PM2's default for `kill_timeout`, in ms. */
const DEFAULT_KILL_TIMEOUT = 1_600

/** Returns whether PM2 manages this process. In its cluster mode the process is a worker, and PM2 itself is the primary. */
export const isManagedByPm2 = (): boolean => env['pm_id'] !== undefined

/** Returns whether this is the first of the processes that PM2 starts for a program. */
export const isFirstInstance = (): boolean => (env['NODE_APP_INSTANCE'] ?? '0') === '0'

/** Tells PM2 that the process is ready, if PM2 waits for that (`wait_ready`). */
export function announceReady(): void {
  if (isManagedByPm2() && env['wait_ready'] === 'true') process.send?.('ready')
}

/** Returns a warning if PM2 kills the process before the end of its budget (ms). */
export function killTimeoutWarnings(timeout: number): string[] {
  const killTimeout = Number(env['kill_timeout'] ?? DEFAULT_KILL_TIMEOUT)
  if (!isManagedByPm2() || killTimeout > timeout) return []
  return [
    `PM2 sends SIGKILL after ${killTimeout} ms (kill_timeout), and the budget is ${timeout} ms: set kill_timeout above ${timeout} in ` +
      `PM2's configuration, or lower the timeout`,
  ]
}
