/** The content of a `text/event-stream` body (HTML Living Standard §9.2.6). */
export interface EventStream {
  /** The id of each dispatched event; undefined if it had none. */
  readonly ids: readonly (string | undefined)[]
  /** The reconnection time that the server sent, in ms. */
  readonly retryMs: number | undefined
  /** Whether the last event has no blank line at its end, so that a client discards it. */
  readonly unfinished: boolean
}

/** Reads an event stream from its first byte to its end. */
export function readEventStream(text: string): EventStream {
  const ids: (string | undefined)[] = []
  let retryMs: number | undefined
  let id: string | undefined
  let hasData = false
  let begun = false
  const lines = text.split(/\r\n|\n|\r/)
  // The text after the last line break is not a line yet.
  const rest = lines.pop() ?? ''
  for (const line of lines) {
    if (line === '') {
      if (hasData) ids.push(id)
      id = undefined
      hasData = false
      begun = false
      continue
    }
    if (line.startsWith(':')) continue
    begun = true
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'data') hasData = true
    if (name === 'id') id = value
    if (name === 'retry' && /^\d{1,9}$/.test(value)) retryMs = Number(value)
  }
  return { ids, retryMs, unfinished: begun || (rest !== '' && !rest.startsWith(':')) }
}
