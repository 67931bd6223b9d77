import { now, toEpoch } from '../../base/clock.js'

interface Issued {
  readonly id: string
  readonly url: string
  readonly at: number
  readonly afterClose: boolean
}

export interface RequestCounts {
  readonly issued: number
  readonly acknowledged: number
  /** Answered with a status other than 200. */
  readonly unexpectedStatus: number
  /** Still in flight at the end. */
  readonly unfinished: number
  /** Lost on a connection after a response with `Connection: close`: autocannon's fault. */
  readonly lostAfterClose: number
  /** Lost by the service. */
  readonly lost: number
  /** The first of the lost requests, with the time at which they were written (epoch ms). */
  readonly lostRequests: readonly { readonly id: string; readonly url: string; readonly at: number }[]
}

const KEPT = 100

/**
 * Records requests and answers by id. A client of autocannon writes the next request when the previous one was answered, or when its
 * connection ended and it silently opened a new one. So every request without a response is lost, except the last of each client.
 */
export class RequestBook {
  readonly #pending = new Map<string, Issued>()
  readonly #runId: string
  #issued = 0
  #acknowledged = 0
  #unexpectedStatus = 0
  #frozen = false

  constructor(runId: string) {
    this.#runId = runId
  }

  /**
   * Adds a client of autocannon, which reconnects.
   *
   * @param connection returns the connection that the client would write on now. Only a request on the connection that the server
   * was about to close is autocannon's fault.
   */
  client(url: string, connection: () => unknown = () => url): BookedClient {
    let last: Issued | undefined
    let toBeClosed: unknown
    return {
      issue: () => {
        const id = `${this.#runId}-bg-${this.#issued.toString(36)}`
        if (this.#frozen) return id
        this.#issued += 1
        const afterClose = toBeClosed !== undefined && toBeClosed === connection()
        last = { id, url, at: toEpoch(now()), afterClose }
        toBeClosed = undefined
        this.#pending.set(id, last)
        return id
      },
      acknowledge: ({ status, id, closes }) => {
        toBeClosed = closes ? connection() : undefined
        if (!this.#pending.delete(id ?? last?.id ?? '')) return
        this.#acknowledged += 1
        if (status !== 200) this.#unexpectedStatus += 1
      },
      inFlight: () => (last && this.#pending.has(last.id) ? last.id : undefined),
    }
  }

  /** Ignores requests from now on: autocannon cannot be stopped at once. */
  freeze(): void {
    this.#frozen = true
  }

  result(inFlight: ReadonlySet<string>): RequestCounts {
    const missing = [...this.#pending.values()].filter(({ id }) => !inFlight.has(id))
    const lost = missing.filter(({ afterClose }) => !afterClose)
    return {
      issued: this.#issued,
      acknowledged: this.#acknowledged,
      unexpectedStatus: this.#unexpectedStatus,
      unfinished: this.#pending.size - missing.length,
      lostAfterClose: missing.length - lost.length,
      lost: lost.length,
      lostRequests: lost.slice(0, KEPT).map(({ id, url, at }) => ({ id, url, at })),
    }
  }
}

export interface BookedClient {
  /** The id for a request that is about to be written. */
  issue(): string
  acknowledge(answer: { readonly status: number; readonly id: string | undefined; readonly closes: boolean }): void
  /** The id of its last request, if that has no answer. */
  inFlight(): string | undefined
}
