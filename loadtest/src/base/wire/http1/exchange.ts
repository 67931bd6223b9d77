import type { ResponseHead } from './response-parser.js'
import type { ExchangeFailure } from './socket-failure.js'

/** A complete response. */
export interface Answer {
  readonly head: ResponseHead
  readonly body: Buffer
  /** The length of the whole body; more than the length of `body` if it was too long to keep. */
  readonly bodyBytes: number
  /** It came after a response with `Connection: close`: the server should not have processed the request (RFC 9112 §9.6). */
  readonly behindClose?: boolean
}

/** One request, and the callbacks for its end. Exactly one of `answered` and `failed` is called, once. */
export interface Exchange {
  /** Request line and headers, with the empty line. */
  readonly head: string
  readonly body?: Buffer | PacedBody
  /**
   * Called with each part of the response body, also with parts that are not kept. Returns true once the client wants no more: the
   * exchange then ends as answered with what has arrived, and the client closes the connection.
   */
  readonly take?: (part: Buffer) => boolean
  /** Returns whether a response belongs to this request. Other responses are skipped. */
  owns(head: ResponseHead): boolean
  answered(answer: Answer): void
  failed(failure: ExchangeFailure): void
}

/** A body that is sent in parts, with a pause of `everyMs` before each part but the first. */
export interface PacedBody {
  readonly parts: readonly Buffer[]
  readonly everyMs: number
}
