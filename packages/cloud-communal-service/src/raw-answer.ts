import { STATUS_CODES } from 'node:http'
import { commonHeaders } from './middleware/identify.js'
import type { Identity } from './middleware/identify.js'

/**
 * Formats an error response for a socket that no route handles, like every other error: with JSON and the headers of
 * every response. The response closes the connection.
 *
 * @example socket.end(rawAnswer({ status: 400, identity, requestId, reasons: ['invalid request line'] }))
 */
export const rawAnswer = ({ status, identity, requestId, reasons, headers = {} }: RawAnswer): string => {
  const body = JSON.stringify({ error: STATUS_CODES[status], reasons, requestId })
  const all = {
    ...commonHeaders(identity, requestId),
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n')
}

interface RawAnswer {
  status: number
  identity: Identity
  requestId: string
  reasons: string[]
  headers?: Record<string, string>
}
