/** How to read a service's log, line by line. */
export interface ServerLogFormat {
  /** The field of a JSON line that holds the request's id. Without it the id is looked for anywhere in the line. */
  readonly requestId?: string
  /** A line that says that a request's handler begins. Without it nobody knows what a killed server was doing. */
  readonly started?: LineMatch
  /** A line that says that a request is over, however it ended. */
  readonly ended: LineMatch
  /** What such a line says when the whole response was handed to the system. Without it every one of them does. */
  readonly finished?: LineMatch
  /** A line that says that the listener has been closed. */
  readonly listenerClosed?: LineMatch
  /** The field of a JSON line that holds its time: ISO 8601, or epoch ms. Without it the time of its arrival counts. */
  readonly time?: string
}

/** A field of a JSON line and its value, or a regular expression for the line as a whole. */
export type LineMatch = { readonly field: string; readonly value: string } | { readonly pattern: RegExp }
