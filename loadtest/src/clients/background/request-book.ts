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
  /** Answered with another status than 200. */
  readonly unexpectedStatus: number
  /** Still in flight at the end. */
  readonly unfinished: number
  /** Lost on a connection that the server had said it would close: autocannon's own fault. */
  readonly lostAfterClose: number
  /** Lost otherwise. */
  readonly lost: number
  /** The first of those, with the time at which they were written (epoch ms). */
  readonly lostRequests: readonly { readonly id: string; readonly url: string; readonly at: number }[]
}

const KEPT = 100

/**
 * What went out and what came back, by id. A client of autocannon writes the next request when the one before it was
 * answered, or when its connection ended and it made a new one without a word: so what is not acknowledged is lost, but
 * for the last request of each client.
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
   * One of autocannon's connections-with-reconnect.
   *
   * @param connection the one that it would write on now: only what is written on the very connection that was to be closed is its
   * own fault, and not what it loses on the next one
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

  /** What is issued from now on does not count: autocannon cannot be told to stop issuing. */
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
