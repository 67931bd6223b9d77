import type { Exchange } from './exchange.js'
import type { ExchangeFailure } from './socket-failure.js'

/** The requests on one connection that wait for their answers, in order. */
export class PendingExchanges {
  readonly #exchanges: Exchange[] = []

  get size(): number {
    return this.#exchanges.length
  }

  get first(): Exchange | undefined {
    return this.#exchanges[0]
  }

  add(exchanges: readonly Exchange[]): void {
    this.#exchanges.push(...exchanges)
  }

  shift(): Exchange | undefined {
    return this.#exchanges.shift()
  }

  has(exchange: Exchange): boolean {
    return this.#exchanges.includes(exchange)
  }

  /** Fails every request. `reason` is called for the one whose response was due first, then for those pipelined after it. */
  failAll(reason: (first: boolean) => ExchangeFailure, localPort: number | undefined): void {
    for (let first = true; this.#exchanges.length > 0; first = false) {
      const exchange = this.#exchanges.shift()
      const failure = reason(first)
      exchange?.failed(localPort === undefined ? failure : { ...failure, localPort })
    }
  }
}
