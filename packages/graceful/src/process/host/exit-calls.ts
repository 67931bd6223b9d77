import type { EventEmitter } from 'node:events'
import { constants } from 'node:os'
import { replaceMethod } from '../replace-method.js'
import type { ExitCall } from '../../types.js'
import { callerOf } from './caller.js'
import { takeEarly } from './early-methods.js'

/** The part of `process` that ends it. */
export interface EndingProcess extends EventEmitter {
  readonly pid: number
  exitCode?: number | string | null | undefined
  exit(code?: number | string | null): never
  kill(pid: number, signal?: string | number): true
}

/** A function on the stack. */
type Caller = (...args: never[]) => unknown

/** A shell gives this exit code, plus the number of the signal, to a process that a signal has ended. */
const ENDED_BY_SIGNAL = 128
export interface ExitCallEvents {
  /** @returns whether the signal starts a shutdown of the library */
  isHandled(signal: NodeJS.Signals): boolean
  /** @returns whether the signal, sent by this process, says that other code has ended. Before that, it is a signal as any other. */
  isEnd(signal: NodeJS.Signals): boolean
  /** Called with each call that is deferred. */
  onCall(call: ExitCall): void
}

/** Calls that are recorded. A program can call `process.exit()` in a timer, again and again. */
const MAX_CALLS = 20

/**
 * Defers calls of `process.exit()`, and of `process.kill()` with which a process sends itself the signal of its shutdown again.
 *
 * A call that is deferred returns, although code after `process.exit()` normally never runs. An exception instead would reach the `catch`
 * of the caller, which often calls `process.exit(1)`. Further calls in the same turn of the event loop are ignored: they follow a call
 * that would have ended the process.
 */
export class ExitCalls {
  readonly #process: EndingProcess
  readonly #afterReplace: () => void
  /** Restores the methods; undefined while they are not replaced. */
  #restore: (() => void) | undefined
  #installed = 0
  #holds = 0
  #isExiting = false
  #calledInThisTurn = false
  #calledLately = false
  /** The first calls that were deferred. */
  readonly calls: ExitCall[] = []
  /** First exit code above 0 that a call gave, other than those that only say "ended by this signal". */
  failure: number | undefined
  readonly #events: ExitCallEvents

  /** @param afterReplace called after the methods have changed */
  constructor(process: EndingProcess, afterReplace: () => void, events: ExitCallEvents) {
    this.#process = process
    this.#afterReplace = afterReplace
    this.#events = events
  }

  /**
   * Replaces the methods. They work as before until {@link hold}. The replacement is early, so that code that keeps a reference to
   * `process.exit` has the one of the library.
   *
   * @returns a function that restores them
   */
  install(): () => void {
    this.#installed += 1
    if (this.#restore === undefined) {
      const restoreExit = this.#replaceExit()
      const restoreKill = this.#replaceKill()
      this.#restore = () => {
        restoreExit()
        restoreKill()
      }
      this.#afterReplace()
    }
    return () => {
      this.#installed -= 1
      if (this.#installed > 0) return
      this.#restore?.()
      this.#restore = undefined
      this.#afterReplace()
    }
  }

  /** Starts to defer the calls. @returns a function that ends this */
  hold(): () => void {
    this.#holds += 1
    return () => {
      this.#holds -= 1
    }
  }

  /** Whether a call was deferred. */
  get wasCalled(): boolean {
    return this.calls.length > 0
  }

  /** Whether a call was deferred since {@link watch}. */
  get wasCalledLately(): boolean {
    return this.#calledLately
  }

  /** Starts to look at later calls apart from the earlier ones. */
  watch(): void {
    this.#calledLately = false
  }

  /** Whether the library has ended the process. */
  get isExiting(): boolean {
    return this.#isExiting
  }

  /** Forgets the calls. */
  clear(): void {
    this.calls.length = 0
    this.failure = undefined
  }

  /** Exits at once. */
  exit(code: number): void {
    this.#isExiting = true
    this.#process.exit(code)
  }

  /** Whether an exit code says that something failed. 128 and the number of a signal says that this signal ended the process. */
  isFailure(code: number): boolean {
    const signal = signalName(code - ENDED_BY_SIGNAL)
    return code !== 0 && (signal === undefined || !this.#events.isHandled(signal))
  }

  get #isHeld(): boolean {
    return this.#holds > 0 && !this.#isExiting
  }

  #replaceExit(): () => void {
    const process = this.#process
    const take = (code: Parameters<EndingProcess['exit']>[0], called: Caller): boolean => {
      if (!this.#isHeld) return false
      this.#record('exit', toCode(code ?? process.exitCode), called)
      return true
    }
    // oxlint-disable-next-line typescript/unbound-method -- only found on the stack
    const early = takeEarly(process, 'exit', ([code]) => take(code as number, process.exit))
    if (early !== undefined) return early
    const exit = process.exit.bind(process)
    const replacement = (...args: Parameters<EndingProcess['exit']>): void => {
      if (!take(args[0], replacement)) exit(...args)
    }
    return replaceMethod(process, 'exit', replacement as EndingProcess['exit'])
  }

  #replaceKill(): () => void {
    const process = this.#process
    const take = (pid: number, signal: string | number, called: Caller): boolean => {
      const name = typeof signal === 'number' ? signalName(signal) : (signal as NodeJS.Signals)
      const endsThis = this.#isHeld && pid === process.pid && name !== undefined && this.#events.isEnd(name)
      if (endsThis) this.#record('kill', 0, called)
      return endsThis
    }
    const early = takeEarly(process, 'kill', ([pid, signal]) =>
      // oxlint-disable-next-line typescript/unbound-method -- only found on the stack
      take(pid as number, (signal ?? 'SIGTERM') as string, process.kill),
    )
    if (early !== undefined) return early
    const kill = process.kill.bind(process)
    const replacement: EndingProcess['kill'] = (pid, signal = 'SIGTERM') =>
      take(pid, signal, replacement) ? true : kill(pid, signal)
    return replaceMethod(process, 'kill', replacement)
  }

  #record(method: ExitCall['method'], code: number, called: Caller): void {
    if (this.#calledInThisTurn) return
    this.#calledInThisTurn = true
    this.#calledLately = true
    setImmediate(() => {
      this.#calledInThisTurn = false
    }).unref()
    const caller = callerOf(called)
    const call: ExitCall = { method, code, ...(caller === undefined ? {} : { caller }) }
    if (this.calls.length < MAX_CALLS) this.calls.push(call)
    if (this.isFailure(code)) this.failure ??= code
    this.#events.onCall(call)
  }
}

/** Returns the exit code that Node would use for the argument of `process.exit()`. */
const toCode = (value: unknown): number => {
  const code = Number(value ?? 0)
  return Number.isInteger(code) ? code : 1
}

const signalName = (number: number): NodeJS.Signals | undefined =>
  (Object.entries(constants.signals).find(([, value]) => value === number)?.[0] as NodeJS.Signals | undefined) ??
  undefined
