import type { Runtime } from './runtime.js'

interface Pending {
  shutdowns: number
  /** Highest exit code of the finished shutdowns that end the process; undefined if none does. */
  exitCode: number | undefined
  readonly callbacks: (() => number)[]
}

const pendingOf = new WeakMap<Runtime, Pending>()

/**
 * Registers a shutdown that has started. The process exits when every registered shutdown is over: several parts of a process can
 * each use the library, and the first to finish must not drop the requests of the others.
 *
 * @param runCloseCallbacks runs the callbacks that other code has passed to `server.close()`, and returns their number
 * @returns a function to call at the end of the shutdown with its exit code, or with undefined if the caller exits
 */
export function registerShutdown(
  runtime: Runtime,
  runCloseCallbacks: () => number,
): (exitCode: number | undefined) => Promise<void> {
  const pending = pendingOf.get(runtime) ?? { shutdowns: 0, exitCode: undefined, callbacks: [] }
  pendingOf.set(runtime, pending)
  pending.shutdowns += 1
  return async (exitCode) => {
    pending.shutdowns -= 1
    pending.callbacks.push(runCloseCallbacks)
    if (exitCode !== undefined) pending.exitCode = Math.max(pending.exitCode ?? 0, exitCode)
    if (pending.shutdowns > 0) return
    // These callbacks often call `process.exit(0)`. They run last, and not at all after a failure, which that 0 would hide.
    const callbacks = pending.exitCode ? [] : pending.callbacks.splice(0)
    const called = callbacks.reduce((sum, run) => sum + run(), 0)
    // The synchronous part of the callbacks runs before the exit.
    if (called > 0) await new Promise<void>((resolve) => runtime.setImmediate(resolve))
    if (pending.exitCode !== undefined) runtime.exit(pending.exitCode)
  }
}
