import type { EventEmitter } from 'node:events'
import { callerOf } from './caller.js'

type Listener = ((...args: unknown[]) => unknown) & { listener?: Listener }

/** A signal listener of other code that is deferred. */
export interface DeferredListener {
  /** Name of the function. */
  readonly name: string
  /** Stack frame of the call that added it; undefined if it was there before the library. */
  readonly where: string | undefined
  /** Calls it, unless another listener has removed it meanwhile. */
  readonly call: (args: readonly unknown[]) => unknown
}

/**
 * Signal listeners of the library and of other code.
 *
 * Node calls a copy of the listener array, so a listener cannot keep Node from calling the next one. The library therefore replaces each
 * listener of other code in the array, as soon as it is added, by a placeholder that does nothing. A placeholder has the original as its
 * `listener` property, as the wrapper of `once` has. So `off`, `listeners` and `listenerCount` give the same results as before.
 *
 * A listener that is missing in `process.listeners()` is part of the tool that runs the program, and stays. With such a listener, the child
 * of the `tsx` command confirms a signal: the command kills a child that does not confirm it within 60 ms.
 */
export class SignalListeners {
  readonly #process: EventEmitter
  readonly #own = new Set<Listener>()
  /** Number of attachments that defer the listeners of a signal. */
  readonly #deferred = new Map<string | symbol, number>()
  readonly #originals = new WeakMap<Listener, Listener>()
  readonly #places = new WeakMap<Listener, string | undefined>()

  constructor(process: EventEmitter) {
    this.#process = process
  }

  /**
   * Adds a listener of the library, before the others. Other code cannot remove it: without a listener, the signal would end the
   * process.
   *
   * @returns a function that removes it
   */
  add(signal: NodeJS.Signals, listener: Listener): () => void {
    if (this.#own.size === 0) {
      this.#process.on('newListener', this.#onAdded)
      // Before Node's own listener, which restores the default action of a signal without listeners.
      this.#process.prependListener('removeListener', this.#onRemoved)
    }
    this.#own.add(listener)
    this.#process.prependListener(signal, listener)
    return () => {
      this.#own.delete(listener)
      this.#process.off(signal, listener)
      if (this.#own.size > 0) return
      this.#process.off('newListener', this.#onAdded)
      this.#process.off('removeListener', this.#onRemoved)
    }
  }

  /** Whether the library listens for the signal. */
  isOwn(signal: NodeJS.Signals): boolean {
    return this.#process.rawListeners(signal).some((listener) => this.#own.has(listener as Listener))
  }

  /** Whether the listeners of other code for the signal are deferred. */
  isDeferred(signal: string | symbol): boolean {
    return this.#deferred.has(signal)
  }

  /**
   * Defers the listeners of other code, present and future. The library must have a listener for the signal.
   *
   * @returns a function that ends this
   */
  defer(signal: NodeJS.Signals): () => void {
    this.#deferred.set(signal, (this.#deferred.get(signal) ?? 0) + 1)
    this.#replace(signal)
    return () => {
      const count = this.#deferred.get(signal)! - 1
      if (count > 0) {
        this.#deferred.set(signal, count)
        return
      }
      this.#deferred.delete(signal)
      this.#exchange(signal, (listener) => this.#originals.get(listener) ?? listener)
    }
  }

  /** Returns the listeners of a signal that are deferred, in the order in which Node would call them. */
  deferred(signal: NodeJS.Signals): DeferredListener[] {
    if (!this.isDeferred(signal)) return []
    this.#replace(signal)
    return (this.#process.rawListeners(signal) as Listener[]).flatMap((placeholder) => {
      const original = this.#originals.get(placeholder)
      if (original === undefined) return []
      const { listener = original } = original
      return {
        name: listener.name || 'anonymous',
        where: this.#places.get(listener),
        call: (args) => {
          if (!this.#process.rawListeners(signal).includes(placeholder)) return undefined
          // The wrapper of `once` removes itself, which it can do only in its own place.
          this.#exchange(signal, (other) => (other === placeholder ? original : other))
          try {
            return Reflect.apply(original, this.#process, args)
          } finally {
            this.#exchange(signal, (other) => (other === original ? placeholder : other))
          }
        },
      }
    })
  }

  #replace(signal: string | symbol): void {
    const visible = new Set(this.#process.listeners(signal))
    this.#exchange(signal, (listener) => {
      if (this.#own.has(listener) || this.#originals.has(listener)) return listener
      if (!visible.has(listener.listener ?? listener)) return listener
      const placeholder = createPlaceholder(listener.listener ?? listener)
      this.#originals.set(placeholder, listener)
      return placeholder
    })
  }

  /** Exchanges listeners in place: their order stays, and the signal always has a listener. */
  #exchange(signal: string | symbol, exchange: (listener: Listener) => Listener): void {
    const events = (this.#process as unknown as { _events: Record<string | symbol, Listener | Listener[] | undefined> })
      ._events
    const listeners = events[signal]
    if (typeof listeners === 'function') events[signal] = exchange(listeners)
    else listeners?.forEach((listener, index) => (listeners[index] = exchange(listener)))
  }

  readonly #onAdded = (event: string | symbol, listener: Listener): void => {
    if (!this.#deferred.has(event) || this.#own.has(listener)) return
    this.#places.set(listener, callerOf(this.#onAdded))
    // Node adds the listener after this event. A signal arrives in a later turn of the event loop.
    queueMicrotask(() => this.#deferred.has(event) && this.#replace(event))
  }

  readonly #onRemoved = (event: string | symbol, listener: Listener): void => {
    if (this.#own.has(listener)) this.#process.prependListener(event, listener)
  }
}

/** @param listener the function that `off` takes and `listeners` returns */
const createPlaceholder = (listener: Listener): Listener => Object.assign(() => {}, { listener })
