import type { ResponseHead } from './response-parser.js'
import type { ExchangeFailure } from './socket-failure.js'

/** A complete response. */
export interface Answer {
  readonly head: ResponseHead
  readonly body: Buffer
  /** All of the body's bytes; more than `body` holds when it was too long to be kept. */
  readonly bodyBytes: number
  /** It came behind a response that said `Connection: close`: the request was not to be processed any more (RFC 9112 §9.6). */
  readonly behindClose?: boolean
}

/** One request and what is to be told of its end. Exactly one of `answered` and `failed` is called, once. */
export interface Exchange {
  /** Request line and headers, with the empty line. */
  readonly head: string
  readonly body?: Buffer | PacedBody
  /**
   * Told of each part of a response body, also of what is too much to be kept; true once the client wants no more of it. Then it is answered with what has come, and
   * leaves with the connection.
   */
  readonly take?: (part: Buffer) => boolean
  /** Whether a response whose head has come is the one to this request. What is not is passed over. */
  owns(head: ResponseHead): boolean
  answered(answer: Answer): void
  failed(failure: ExchangeFailure): void
}

/** A body that is sent in parts, with a pause before each but the first. */
export interface PacedBody {
  readonly parts: readonly Buffer[]
  readonly everyMs: number
}
