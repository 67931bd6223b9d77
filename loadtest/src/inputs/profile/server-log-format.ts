/** How to read the log of a service, line by line. */
export interface ServerLogFormat {
  /** The field of a JSON line with the id of the request. Default: the id is searched in the whole line. */
  readonly requestId?: string
  /** The line at the start of a request's handler. Without it the requests of a killed server are not known. */
  readonly started?: LineMatch
  /** The line at the end of a request, however it ended. */
  readonly ended: LineMatch
  /** The mark of such a line if the whole response was sent. Default: every such line counts as sent. */
  readonly finished?: LineMatch
  /** The line after the listener was closed. */
  readonly listenerClosed?: LineMatch
  /** The line at the end of an adaptive delay, if it ended because every source of new connections was silent. */
  readonly sourcesSilent?: LineMatch
  /** The field of a JSON line with its time: ISO 8601, or epoch ms. Default: the time of its arrival. */
  readonly time?: string
}

/** A field of a JSON line with its value, or a regular expression for the whole line. */
export type LineMatch = { readonly field: string; readonly value: string } | { readonly pattern: RegExp }
