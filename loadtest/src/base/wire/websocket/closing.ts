import { classifyError } from '../http1/socket-failure.js'
import type { ExchangeFailure } from '../http1/socket-failure.js'

/** Close codes of an orderly end: normal, going away, no code, service restart (RFC 6455 §7.4, IANA's registry). */
const ORDERLY = new Set([1_000, 1_001, 1_005, 1_012])
/** The code for a missing close frame. It is never sent. */
const ABNORMAL = 1_006
/** Internal error, try again later, bad gateway. */
const SERVER_FAULTS = new Set([1_011, 1_013, 1_014])

/** Classifies the end of a WebSocket that its client did not end; undefined if the server ended it in order. */
export function classifyClose(
  code: number,
  reason: string,
  socketError: string | undefined,
): ExchangeFailure | undefined {
  if (ORDERLY.has(code)) return undefined
  if (code === ABNORMAL) {
    return socketError === undefined
      ? { outcome: 'closed', detail: 'FIN without a close frame (1006)', webSocket: 'cut' }
      : {
          outcome: 'reset',
          detail: `${socketError} without a close frame (1006)`,
          code: socketError,
          webSocket: 'cut',
        }
  }
  const detail = `closed with ${code}${reason === '' ? '' : `, ${JSON.stringify(reason.slice(0, 80))}`}`
  return { outcome: SERVER_FAULTS.has(code) ? '5xx' : '4xx', detail }
}

/**
 * Classifies a message without a reply after the server closed in order. A pong to the ping after the message shows that the server
 * read it before its close frame, and owed a reply. Without a pong, message and close frame crossed.
 *
 * @param arrived the pong came
 */
export const classifyUnanswered = (code: number, arrived: boolean): ExchangeFailure =>
  arrived
    ? {
        outcome: 'closed',
        detail: `read by the server, which then closed with ${code} instead of answering`,
        webSocket: 'unanswered',
      }
    : { outcome: 'not-processed', detail: `crossed the server's close frame (${code})` }

/** Classifies a failed handshake. `connected`: the TCP or TLS connection had been established. */
export function classifyHandshakeError(
  error: NodeJS.ErrnoException & { readonly syscall?: string },
  connected: boolean,
): ExchangeFailure {
  // Node's client reports a FIN with the code of an RST, but without a system call.
  if (error.code === 'ECONNRESET' && error.syscall === undefined) {
    return { outcome: 'closed', detail: 'FIN before the handshake was answered' }
  }
  if (error.code === undefined || error.code.startsWith('HPE_')) {
    return { outcome: 'wrong-body', detail: `the response to the handshake is not valid: ${error.message}` }
  }
  return classifyError(error, connected, 'before-head')
}
