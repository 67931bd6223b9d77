import type { Header } from '../../base/wire/access.js'
import type { RequestParts } from '../profile/profile.js'
import type { Answer, PacedBody } from '../../base/wire/http1/exchange.js'

/** A request before it has an id, and its expected response. It is sent once, because `take` and `verify` handle one response. */
export interface PlannedRequest {
  readonly method: NonNullable<RequestParts['method']>
  readonly path: string
  /** Headers that replace those of the user. A constant list, or a new one for each request only where its values differ. */
  readonly headers?: readonly Header[]
  readonly body?: Buffer | PacedBody
  /** Returns a body with the id of the request. Takes precedence over `body`. */
  readonly bodyFor?: (id: string) => Buffer
  readonly status: number
  /** The normal duration of the response, in ms. The time limit starts after it. */
  readonly expectedMs: number
  /**
   * Returns the time, in ms, in which no server could have completed the response, because the client asked for it that way: the
   * pauses of a stream, the length of a slow upload. Latency counts without it. Called after `verify`.
   */
  readonly askedMs: () => number
  /** Receives each part of the body, since an {@link Answer} keeps only the first ones. Returns true when the client has enough and leaves. */
  readonly take?: (part: Buffer) => boolean
  /**
   * Returns what is wrong with the body of a response with the expected status; undefined if nothing is.
   *
   * @param id the id of the request
   */
  readonly verify: (answer: Answer, id: string) => string | undefined
}
