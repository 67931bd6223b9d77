import type { Socket } from 'node:net'
import type { Runtime } from '../process/runtime.js'
import type { Lifecycle } from '../lifecycle.js'
import type { AdaptiveDelay } from '../options.js'
import { ArrivalRates } from '../propagation.js'

/** What still arrives after the signal, and, for the adaptive delay, at which rate it arrived before. */
export class Arrivals {
  readonly rates: ArrivalRates = new ArrivalRates()
  requests = 0
  connections = 0
  /** The last new connection that was no probe, by the runtime's clock. */
  last: number | undefined
  readonly #runtime: Runtime
  readonly #lifecycle: Lifecycle
  readonly #adaptive: boolean

  constructor(runtime: Runtime, lifecycle: Lifecycle, delay: AdaptiveDelay) {
    this.#runtime = runtime
    this.#lifecycle = lifecycle
    this.#adaptive = delay.min < delay.max
  }

  /** In ms after the signal. */
  get lastMs(): number | undefined {
    return this.last === undefined ? undefined : Math.round(this.last - (this.#lifecycle.enteredAt('lameDuck') ?? 0))
  }

  /** @returns what takes it back, should it prove to be a probe */
  connection(socket: Socket): () => void {
    const after = this.#lifecycle.shuttingDown
    if (!after && !this.#adaptive) return nothing
    const now = this.#runtime.now()
    const takeBackRate = this.#adaptive ? this.rates.arrived(socket.remoteAddress ?? '', now) : nothing
    if (!after) return takeBackRate
    const before = this.last
    this.connections += 1
    this.last = now
    return () => {
      takeBackRate()
      if (this.last === now) this.last = before
    }
  }
}

const nothing = (): void => {}
