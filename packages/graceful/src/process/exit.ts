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
  finish(exitCode: number | undefined): Promise<void>
  /**
   * Ends the process after the exit function of the application has failed. What it has started continues: the process exits when
   * nothing keeps it alive, or when the limit (ms) is over.
   */
  exitFunctionFailed(exitCode: number, limit: number): void
}

/**
 * Registers a shutdown that has started. The process exits when every registered shutdown is over: several parts of a process can
 * each use the library, or a copy of it, and the first to finish must not drop the requests of the others.
 *
 * @param runCloseCallbacks runs the callbacks that other code has passed to `server.close()`, and returns their number
 */
export function registerShutdown(runtime: Runtime, runCloseCallbacks: () => number): RegisteredShutdown {
  const pending = runtime.state.shutdowns
  pending.count += 1
  const raise = (exitCode: number): number => (pending.exitCode = Math.max(pending.exitCode ?? 0, exitCode))
  return {
    async finish(exitCode) {
      pending.count -= 1
      pending.callbacks.push(runCloseCallbacks)
      if (exitCode !== undefined) raise(exitCode)
      if (pending.count > 0) return
      const code = pending.exitCode
      // These callbacks often call `process.exit(0)`. They run last, and not at all after a failure, which that 0 would hide.
      const callbacks = code ? [] : pending.callbacks.splice(0)
      const called = callbacks.reduce((sum, run) => sum + run(), 0)
      // The synchronous part of the callbacks runs before the exit.
      if (called > 0) await new Promise<void>((resolve) => runtime.setImmediate(resolve))
      if (code !== undefined) runtime.exit(code)
    },
    exitFunctionFailed(exitCode, limit) {
      const code = raise(exitCode)
      // Otherwise the last shutdown exits.
      if (pending.count === 0) runtime.exitWhenIdle(code, limit)
    },
  }
}
