import { Deadline } from '../../src/deadline.js'
import { Sources } from '../../src/propagation/sources.js'
import { waitForPropagation, type EndOfDelay } from '../../src/propagation/wait.js'
import type { DelayReport } from '../../src/types.js'
import { FakeRuntime } from './fake-runtime.js'

/** The signal comes at the end of a bucket and connections in the middle of one, so that the rates are exact. */
export const SIGNAL = 3_599_999
export const FIRST = -59_950

export interface Times {
  readonly min: number
  readonly expected?: number
  readonly max: number
}

/** A pod with its sources, and a signal at a fixed time. Times in ms, relative to the signal. */
export class Pod {
  readonly sources = new Sources()
  readonly runtime = new FakeRuntime(SIGNAL)
  /** The report of each extension of the delay. */
  readonly extensions: DelayReport[] = []

  /** Adds a source that connects every `every` ms. */
  source(source: string, every: number, from = FIRST, to = 0): this {
    for (let at = from; at < to; at += every) this.#at(at, () => this.sources.record(source, SIGNAL + at))
    return this
  }

  /** Adds a source that opens `size` connections every `every` ms. */
  bursts(source: string, size: number, every: number): this {
    for (let at = FIRST; at < 0; at += every) {
      for (let one = 0; one < size; one++) this.sources.record(source, SIGNAL + at + one)
    }
    return this
  }

  /** Adds a probe every `every` ms after the signal. Its record is removed as soon as its request is read. */
  probes(source: string, every: number, from = 100): this {
    for (let at = from; at < 30_000; at += every) {
      this.runtime.setTimeout(() => {
        const retract = this.sources.record(source, this.runtime.now())
        this.runtime.setTimeout(retract, 5)
      }, at)
    }
    return this
  }

  /** Runs the delay. Without `expected`, it is `max`. */
  async delay({ min, max, expected = max }: Times, budget = 60_000): Promise<EndOfDelay> {
    const deadline = new Deadline(this.runtime, budget)
    const onExtended = (report: DelayReport): void => void this.extensions.push(report)
    const waiting = waitForPropagation(this.runtime, { min, expected, max }, this.sources, deadline, onExtended)
    return this.runtime.complete(waiting)
  }

  #at(at: number, callback: () => void): void {
    if (at < 0) callback()
    else this.runtime.setTimeout(callback, at)
  }
}
