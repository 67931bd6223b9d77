import type { Answer, PacedBody } from '../../base/wire/http1/exchange.js'

/** A request before it has an id, and what its answer must be. It is sent once: `take` and `verify` know of one answer. */
export interface PlannedRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer | PacedBody
  /** A body that must name its request; takes precedence over `body`. */
  readonly bodyFor?: (id: string) => Buffer
  readonly status: number
  /** How long the answer takes by its nature, in ms; the limit for it is counted from there. */
  readonly expectedMs: number
  /** Told of each part of the body, of which an {@link Answer} keeps only so much; true once the client has what it wanted, and leaves. */
  readonly take?: (part: Buffer) => boolean
  /** Says what is wrong with the body of a response that has the right status, or undefined. */
  readonly verify: (answer: Answer) => string | undefined
}
