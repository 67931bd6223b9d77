import type { IncomingMessage } from 'node:http'
import type { Runtime } from '../../process/runtime.js'

/** How often the library looks at the requests in flight, in ms. */
const PAUSE = 100

/**
 * Whether a request is a long poll of Engine.IO, the transport of Socket.IO. Its response comes with the next message, after 25 s, or when
 * the application closes Socket.IO. So the drain would wait for the application, which waits for the drain.
 */
export const isLongPoll = ({ method, url = '' }: Pick<IncomingMessage, 'method' | 'url'>): boolean =>
  method === 'GET' && /[?&]EIO=\d/.test(url) && /[?&]transport=polling(?:&|$)/.test(url)

/**
 * Calls `onAlone` once when all requests in flight are long polls.
 *
 * @param inFlight returns the requests in flight; undefined for one of another protocol
 * @returns a function that ends the wait
 */
export function whenOnlyLongPolls(
  runtime: Runtime,
  inFlight: () => Iterable<IncomingMessage | undefined>,
  onAlone: () => void,
): () => void {
  let timer: ReturnType<Runtime['setTimeout']> | undefined
  const look = (): void => {
    if (areLongPolls(inFlight())) onAlone()
    else timer = runtime.setTimeout(look, PAUSE)
  }
  look()
  return () => runtime.clearTimeout(timer)
}

function areLongPolls(requests: Iterable<IncomingMessage | undefined>): boolean {
  let found = false
  for (const request of requests) {
    if (request === undefined || !isLongPoll(request)) return false
    found = true
  }
  return found
}
