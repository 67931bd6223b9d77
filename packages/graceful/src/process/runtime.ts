import { performance } from 'node:perf_hooks'
import { syncBuiltinESMExports } from 'node:module'
import { Host } from './host/host.js'
import { flushOutput } from './reporting/output.js'
import { processState, type ProcessState } from './process-state.js'
import { findWatcher } from './watcher.js'

/** Handle of a timer, from {@link Clock.setTimeout} for `clearTimeout`. */
export type Timer = object

/** The part of the runtime that measures time. */
export interface Clock {
  /** Returns the time of a monotonic clock, in ms. */
  now(): number
  setTimeout(callback: () => void, ms: number): Timer
  clearTimeout(timer: Timer | undefined): void
  /** Lets the process end before the timer fires. */
  unref(timer: Timer): void
  /** Calls back after the events that are waiting now, such as new connections. */
  setImmediate(callback: () => void): void
}

/**
 * The process and the clock, as the rest of the library uses them. Tests replace both: a minute passes at once, and an exit is a
 * value.
 */
export interface Runtime extends Clock {
  /** State that all copies of the library in the process share. */
  readonly state: ProcessState
  /** Signal listeners and calls of `process.exit()`, of the library and of other code. */
  readonly host: Host
  /** Adds a signal listener, before all others. Returns a function that removes it. */
  onSignal(signal: NodeJS.Signals, listener: () => void): () => void
  /** Adds a listener for crashes. Returns a function that removes it. */
  onCrash(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): () => void
  /** Returns the name of the development tool that restarts this process; undefined without one. */
  findWatcher(): string | undefined
  /** Waits until the kernel has taken everything that was written to stdout and stderr. */
  flushOutput(): Promise<void>
  exit(code: number): void
  /** Exits when nothing keeps the process alive, or after `limit` ms. */
  exitWhenIdle(code: number, limit: number): void
}

const state = processState()
// Names that ES modules import from `node:process` follow a replaced method only after this call.
const host = (state.host ??= new Host(process, syncBuiltinESMExports))

/** The runtime outside tests: this process and its clock. */
export const processRuntime: Runtime = {
  state,
  host,
  now: () => performance.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
  unref: (timer) => void (timer as NodeJS.Timeout).unref(),
  setImmediate: (callback) => void setImmediate(callback),
  onSignal: (signal, listener) => host.onSignal(signal, listener),
  onCrash(event, listener) {
    process.on(event, listener)
    return () => process.off(event, listener)
  },
  findWatcher,
  flushOutput,
  exit: (code) => host.exits.exit(code),
  exitWhenIdle(code, limit) {
    process.exitCode = code
    setTimeout(() => host.exits.exit(code), limit).unref()
  },
}
