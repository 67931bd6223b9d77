import type { Header } from '../../base/wire/access.js'
import type { ServerLogFormat } from './server-log-format.js'

/**
 * The requests that a service can answer. Client classes take their requests from the profile of the service. A class whose path is
 * missing does not run.
 *
 * In paths and bodies `{name}` stands for a number that is drawn for each request.
 */
export interface Profile {
  readonly name: string
  readonly requestId: {
    readonly header: string
    /** Whether the response returns the id. Otherwise the id cannot reveal a second response, or one for another request. */
    readonly echoed: boolean
  }
  /** The response header that names the pod, in lower case. */
  readonly podHeader?: string
  /** The response header that names the version, in lower case. */
  readonly versionHeader?: string
  /** How to read the log of the service. Without it the run is judged from the clients' side alone. */
  readonly serverLog?: ServerLogFormat
  /** How long a connection stays idle if the server sends no `Keep-Alive: timeout`, in ms. */
  readonly unpromisedIdleMs: number
  /** Headers of every request. A value can be a secret. Flags replace those of the same name. */
  readonly headers?: readonly Header[]
  /** Whether the service speaks HTTP/2 at the same URL: with prior knowledge for http, by ALPN for https. */
  readonly http2?: boolean
  readonly paths: {
    /** A cheap GET. Every profile has one. */
    readonly read: ReadPath
    /** Answers after `{ms}` milliseconds. */
    readonly slow?: SlowPath
    /** A chunked body of `{chunks}` lines, one every `{every}` ms, and a last line that shows that the body is complete. */
    readonly stream?: StreamPath
    /** Answers with a digest of the body. */
    readonly upload?: UploadPath
    /** Creates something, exactly once. */
    readonly create?: CreatePath
    /** Server-sent events. */
    readonly events?: EventsPath
    /** A WebSocket that answers each message. */
    readonly websocket?: WebSocketPath
  }
}

/** Additions of a profile to a request of a path. Values can come from the environment, and a body from a file. */
export interface RequestParts {
  /** Default: GET. A POST must be safe to send twice, because some clients retry. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Headers that replace those of every request. */
  readonly headers?: readonly Header[]
  /** `{id}` stands for the id of the request. A body without `Content-Type` is sent as JSON. */
  readonly body?: string
}

export interface ReadPath extends RequestParts {
  readonly path: string
  readonly status: number
  /** Whether the body is a JSON object; or the fields that it has, as `{ order: '{id}' }`. */
  readonly json: boolean | JsonFields
  /**
   * Text that the body of every response contains, in every version of the service. Here and in the fields of `json`, `{id}` stands
   * for the id of the request and `{ms}` for the number in the path: then the response to another request is wrong.
   */
  readonly contains?: string
}

export type JsonFields = Readonly<Record<string, string | number | boolean>>

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
  /** The duration of a slow upload, in ms. */
  readonly slowMs: Range
  /** The field of the JSON response with the SHA-256 of the body, in hex. */
  readonly sha256Field: string
}

export interface CreatePath {
  readonly path: string
  readonly status: number
  /** JSON. `{id}` stands for the id of the request. */
  readonly body: string
  /** Headers that replace those of every request. */
  readonly headers?: readonly Header[]
  /** The field of the JSON response that identifies the created object. */
  readonly idField: string
  /** Whether all pods together never give one id twice. Otherwise the response to another request is not detected. Default: true. */
  readonly uniqueIds?: boolean
}

export interface EventsPath {
  /** With `{count}` the server ends the stream after that many events; without, the stream has no end. */
  readonly path: string
  readonly status: number
  /** The number of events that a client wants. */
  readonly count: Range
  /** The time between two events, in ms. */
  readonly every: number
  /** Whether the ids of the events are 1, 2, 3…, and continue after the `Last-Event-ID` of a client that reconnects. */
  readonly numbered: boolean
}

export interface WebSocketPath {
  readonly path: string
  readonly subprotocol?: string
  /** The text that is sent; `{id}` stands for the message's own id, and the message that holds it again is the answer. */
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
