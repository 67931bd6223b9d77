/** What a whole `text/event-stream` body held (HTML Living Standard §9.2.6). */
export interface EventStream {
  /** The id of each event that was dispatched; undefined where it had none. */
  readonly ids: readonly (string | undefined)[]
  /** How long the server asked its clients to wait before they come back, in ms. */
  readonly retryMs: number | undefined
  /** Fields of a last event that the blank line is missing of: a client throws it away. */
  readonly unfinished: boolean
}

/** Reads an event stream from its first byte to wherever it ended. */
export function readEventStream(text: string): EventStream {
  const ids: (string | undefined)[] = []
  let retryMs: number | undefined
  let id: string | undefined
  let hasData = false
  let begun = false
  const lines = text.split(/\r\n|\n|\r/)
  // What follows the last line break is no line yet.
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
