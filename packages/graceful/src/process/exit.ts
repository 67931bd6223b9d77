import { attempt } from './guard.js'
import type { Runtime, Timer } from './runtime.js'

/**
 * Time after the report for a slow reader of the log, or for an exit function that has failed, in ms. With the default budget of
 * 25 s it ends before the default grace period of 30 s.
 */
const REPORTING_TIME = 4_000

/**
 * Returns how long the exit can wait for its reports, in ms. After a success the wait ends with the budget, because a SIGKILL would
 * turn the success into a failure. After a failure it can exceed the budget: the last lines give the reason.
 *
 * @param remaining time left in the budget, in ms
 */
export const reportingTime = (exitCode: number, remaining: number): number =>
  exitCode === 0 ? Math.max(0, Math.min(REPORTING_TIME, remaining)) : REPORTING_TIME

/** Waits until stdout and stderr have no pending lines, or the limit (ms) is over. */
export async function waitForOutput(runtime: Runtime, limit: number): Promise<void> {
  let timer: Timer | undefined
  const isOver = new Promise<void>((resolve) => {
    timer = runtime.setTimeout(resolve, limit)
  })
  await Promise.race([attempt(() => runtime.flushOutput()), isOver])
  runtime.clearTimeout(timer)
}

/** One shutdown among those of the process. */
export interface RegisteredShutdown {
  /** Ends the shutdown with its exit code, or with undefined if the caller exits. */
  finish(exitCode: number | undefined): void
  /**
   * Ends the process after the exit function of the application has failed. What it has started continues: the process exits when
   * nothing keeps it alive, or when the limit (ms) is over.
   */
  exitFunctionFailed(exitCode: number, limit: number): void
}

/**
 * Registers a shutdown that has started. The process exits when every registered shutdown is over. Several parts of a process can
 * each use the library, or a copy of it. The first to finish must not drop the requests of the others.
 */
export function registerShutdown(runtime: Runtime): RegisteredShutdown {
  const pending = runtime.state.shutdowns
  pending.count += 1
  const raise = (exitCode: number): number => (pending.exitCode = Math.max(pending.exitCode ?? 0, exitCode))
  return {
    finish(exitCode) {
      pending.count -= 1
      if (exitCode !== undefined) raise(exitCode)
      if (pending.count > 0) return
      const code = pending.exitCode
      if (code !== undefined) runtime.exit(code)
    },
    exitFunctionFailed(exitCode, limit) {
      const code = raise(exitCode)
      // Otherwise the last shutdown exits.
      if (pending.count === 0) runtime.exitWhenIdle(code, limit)
    },
  }
}
