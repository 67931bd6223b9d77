import type { ExitCall } from '../../types.js'
import { Calls } from './calls.js'
import { ExitCalls, type EndingProcess } from './exit-calls.js'
import { SignalListeners, type DeferredListener } from './signal-listeners.js'

/** A shutdown of this process. */
export interface Member {
  /** Whether the listeners of other code can be called, as far as this shutdown is concerned. */
  readonly isReady: boolean
  /** Called after a change that can end the wait for other code. */
  onChange(): void
  /** Called with each call of `process.exit()` that is deferred. */
  onExitCall(call: ExitCall): void
  /** Called when other code ends the process although calls of `process.exit()` are deferred. */
  onForeignExit(code: number): void
}

/** The parts of `process` that the library uses for other code. */
export interface HostProcess extends EndingProcess {
  getActiveResourcesInfo?(): string[]
}

/**
 * The process as all attachments of the library share it: its signal listeners, and the calls that would end it. The listeners of other
 * code run once, when every shutdown in the process is ready for them.
 */
export class Host {
  readonly listeners: SignalListeners
  readonly exits: ExitCalls
  readonly #process: HostProcess
  readonly #members = new Set<Member>()
  #calls = new Calls(() => this.#changed())
  #signal: { readonly name: NodeJS.Signals; readonly args: readonly unknown[] } | undefined
  #called = false

  /** @param afterReplace called after methods of `process` have been replaced or restored */
  constructor(process: HostProcess, afterReplace: () => void = () => {}) {
    this.#process = process
    this.listeners = new SignalListeners(process)
    this.exits = new ExitCalls(process, afterReplace, {
      isHandled: (signal) => this.listeners.isOwn(signal),
      isEnd: (signal) => this.#called && this.listeners.isOwn(signal),
      onCall: (call) => {
        for (const member of [...this.#members].slice(0, 1)) member.onExitCall(call)
        this.#changed()
      },
    })
  }

  /** Adds a listener of the library for a signal. Returns a function that removes it. */
  onSignal(name: NodeJS.Signals, listener: () => void): () => void {
    return this.listeners.add(name, (...args) => {
      this.#signal ??= { name, args }
      listener()
    })
  }

  /** Functions of other code that the library has called. */
  get calls(): Calls {
    return this.#calls
  }

  /** The first signal that has arrived. */
  get signal(): NodeJS.Signals | undefined {
    return this.#signal?.name
  }

  /** Whether the listeners of other code have been called. */
  get called(): boolean {
    return this.#called
  }

  /** The listeners of other code that are to be called. A shutdown without a signal calls none. */
  get waiting(): DeferredListener[] {
    return this.#called || this.#signal === undefined ? [] : this.listeners.deferred(this.#signal.name)
  }

  /** @returns whether it is the only shutdown */
  join(member: Member): boolean {
    if (this.#members.size === 0) this.#process.on('exit', this.#onExit)
    this.#members.add(member)
    return this.#members.size === 1
  }

  /**
   * Removes a shutdown that is over.
   *
   * @returns whether it was the last one. Another shutdown can then start in the same process.
   */
  leave(member: Member): boolean {
    this.#members.delete(member)
    this.#changed()
    if (this.#members.size > 0) return false
    this.#process.off('exit', this.#onExit)
    this.#signal = undefined
    this.#called = false
    this.#calls = new Calls(() => this.#changed())
    return true
  }

  /** Calls the listeners of other code, unless a shutdown in the process is not ready. Returns the number of calls. */
  callListeners(onFailure: (listener: DeferredListener, error: unknown) => void): number {
    if (![...this.#members].every(({ isReady }) => isReady)) return 0
    const listeners = this.waiting
    const args = this.#signal?.args ?? []
    this.#called = this.#signal !== undefined
    this.exits.watch()
    for (const listener of listeners) {
      const { name, where } = listener
      this.#calls.run({ kind: 'listener', name, where, call: () => listener.call(args) }, (error) =>
        onFailure(listener, error),
      )
    }
    this.#changed()
    return listeners.length
  }

  /** Calls `onIdle` each time when nothing keeps the process alive. Returns a function that ends this. */
  whenIdle(onIdle: () => void): () => void {
    this.#process.on('beforeExit', onIdle)
    return () => this.#process.off('beforeExit', onIdle)
  }

  /** Exit code above 0 with which other code says that something has failed; 0 without one. */
  get failure(): number {
    const code = Number(this.#process.exitCode ?? 0)
    return this.exits.failure ?? (Number.isInteger(code) && this.exits.isFailure(code) ? code : 0)
  }

  /** The resources that keep the process alive, such as `Timeout × 2, TCPSocketWrap`. */
  get activeResources(): string {
    const counts = new Map<string, number>()
    for (const name of this.#process.getActiveResourcesInfo?.() ?? []) counts.set(name, (counts.get(name) ?? 0) + 1)
    return [...counts].map(([name, number]) => (number === 1 ? name : `${name} × ${number}`)).join(', ')
  }

  #changed(): void {
    for (const member of this.#members) member.onChange()
  }

  readonly #onExit = (code: number): void => {
    if (this.exits.isExiting) return
    for (const member of [...this.#members].slice(0, 1)) member.onForeignExit(code)
  }
}
