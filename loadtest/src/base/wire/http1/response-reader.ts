import type { Exchange } from './exchange.js'
import { IncomingResponse } from './incoming-response.js'
import { ResponseParser } from './response-parser.js'
import type { CutOff } from './response-parser.js'

export interface ResponseReaderEvents {
  /** Returns the request whose response is due; undefined if none is. */
  due(): Exchange | undefined
  /** The response to the due request is complete. */
  complete(response: IncomingResponse): void
  /** The client wants no more of the response, which has no end: the connection has to close. */
  enough(response: IncomingResponse): void
}

/** Reads the responses on one connection, and skips those that belong to no request in flight. */
export class ResponseReader {
  readonly #events: ResponseReaderEvents
  readonly #parser: ResponseParser
  #current: IncomingResponse | undefined

  constructor(events: ResponseReaderEvents) {
    this.#events = events
    this.#parser = new ResponseParser({
      head: (head) => {
        const exchange = events.due()
        this.#current = new IncomingResponse(head, exchange !== undefined && !exchange.owns(head))
      },
      body: (part) => this.#onBody(part),
      complete: () => {
        const response = this.#take()
        if (response?.foreign === false) events.complete(response)
      },
    })
  }

  /** Whether the head of the due response has arrived. */
  get begun(): boolean {
    return this.#current !== undefined
  }

  /**
   * Reads bytes up to the end of at most one response.
   *
   * @returns the number of bytes that were read
   * @throws {MalformedResponse}
   */
  read(bytes: Buffer): number {
    return this.#parser.execute(bytes)
  }

  /** The server sent FIN. Returns where it cut the response off. */
  finish(): CutOff {
    return this.#parser.finish()
  }

  /** Returns where an error cut the response off. */
  cutOff(): CutOff {
    return this.#parser.cutOff()
  }

  #onBody(part: Buffer): void {
    const response = this.#current
    response?.add(part)
    if (!response || response.foreign || this.#events.due()?.take?.(part) !== true) return
    this.#current = undefined
    this.#events.enough(response)
  }

  #take(): IncomingResponse | undefined {
    const response = this.#current
    this.#current = undefined
    return response
  }
}
