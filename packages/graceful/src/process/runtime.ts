import { performance } from 'node:perf_hooks'

/** What {@link Runtime.setTimeout} returns, for `clearTimeout`. */
export type Timer = object

/**
 * The process and the clock, as everything else in the library sees them: replaced in tests, so that a minute passes at once
 * and an exit is a value.
 */
export interface Runtime {
  /** Monotonic, in ms. */
  now(): number
  setTimeout(callback: () => void, ms: number): Timer
  clearTimeout(timer: Timer | undefined): void
  setImmediate(callback: () => void): void
  /** Returns what takes the listener off again. */
  onSignal(signal: NodeJS.Signals, listener: () => void): () => void
  onCrash(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): () => void
  exit(code: number): void
}

export const processRuntime: Runtime = {
  now: () => performance.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
  setImmediate: (callback) => void setImmediate(callback),
  onSignal(signal, listener) {
    // Before anybody else's: what they do with the server then meets a service that is already leaving.
    process.prependListener(signal, listener)
    return () => process.off(signal, listener)
  },
  onCrash(event, listener) {
    process.on(event, listener)
    return () => process.off(event, listener)
  },
  exit: (code) => process.exit(code),
}
