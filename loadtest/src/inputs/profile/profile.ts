import type { ServerLogFormat } from './server-log-format.js'

/**
 * What a service offers to be loaded with. Client classes take their requests from here, so another service is tested
 * with another profile and the same clients; a class whose path is missing does not run.
 *
 * In paths and bodies `{name}` stands for a number that is drawn anew for each request.
 */
export interface Profile {
  readonly name: string
  readonly requestId: {
    readonly header: string
    /** The response carries the id of its request. Without it a second or a stranger's answer cannot be told by its id. */
    readonly echoed: boolean
  }
  /** The response header that names the pod, in lower case. */
  readonly podHeader?: string
  /** The response header that names the version, in lower case. */
  readonly versionHeader?: string
  /** How to read the service's log; without it only the clients' side is known. */
  readonly serverLog?: ServerLogFormat
  /** The longest pause of an idle connection where the server promises none with `Keep-Alive: timeout`, in ms. */
  readonly unpromisedIdleMs: number
  /** It speaks HTTP/2 at the same URL: with prior knowledge where that is http, by ALPN where it is https. */
  readonly http2?: boolean
  readonly paths: {
    /** Something cheap to read. Every profile has one. */
    readonly read: ReadPath
    /** Answers after `{ms}` milliseconds. */
    readonly slow?: SlowPath
    /** A chunked body of `{chunks}` parts, one each `{every}` ms, with a last line that shows that it is whole. */
    readonly stream?: StreamPath
    /** Answers with a digest of the body that it got. */
    readonly upload?: UploadPath
    /** Makes something, and must make it once. */
    readonly create?: CreatePath
    /** Server-sent events. */
    readonly events?: EventsPath
    /** A WebSocket on which each message is answered. */
    readonly websocket?: WebSocketPath
  }
}

export interface ReadPath {
  readonly path: string
  readonly status: number
  /** The body is a JSON object. */
  readonly json: boolean
  /** Text that the body of every answer holds, whichever version it comes from. */
  readonly contains?: string
}

export interface SlowPath extends ReadPath {
  readonly ms: Range
}

export interface StreamPath {
  readonly path: string
  readonly status: number
  readonly chunks: Range
  readonly every: number
  readonly lastLine: string
}

export interface UploadPath {
  readonly path: string
  readonly status: number
  readonly bytes: Range
  /** How long a slow upload takes to send, in ms. */
  readonly slowMs: Range
  /** The field of the JSON answer that must hold the SHA-256 of the body, in hex. */
  readonly sha256Field: string
}

export interface CreatePath {
  readonly path: string
  readonly status: number
  /** JSON; `{id}` stands for the request's own id. */
  readonly body: string
  /** The field of the JSON answer that identifies what was made. */
  readonly idField: string
}

export interface EventsPath {
  /** With `{count}` the server ends the stream after so many events; without, it has no end. */
  readonly path: string
  readonly status: number
  /** How many events a client wants. */
  readonly count: Range
  /** The time between two of them, in ms. */
  readonly every: number
  /** The ids of the events are 1, 2, 3… and go on after the `Last-Event-ID` of a client that comes back. */
  readonly numbered: boolean
}

export interface WebSocketPath {
  readonly path: string
  readonly subprotocol?: string
  /** What is sent; `{id}` stands for the message's own id, and the message that holds it again is the answer. */
  readonly message: string
  /** The answer is what was sent, to the letter. */
  readonly echo: boolean
  /** How long a client keeps a WebSocket open, in ms. */
  readonly openMs: Range
}

/** Both ends included. */
interface Range {
  readonly min: number
  readonly max: number
}
