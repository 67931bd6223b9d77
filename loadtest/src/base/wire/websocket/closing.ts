import { classifyError } from '../http1/socket-failure.js'
import type { ExchangeFailure } from '../http1/socket-failure.js'

/** Codes of an orderly end: normal, going away, none given, service restart (RFC 6455 §7.4, IANA's registry). */
const ORDERLY = new Set([1_000, 1_001, 1_005, 1_012])
/** No close frame came: the code stands for it and is never sent. */
const ABNORMAL = 1_006
/** Internal error, try again later, bad gateway. */
const SERVER_FAULTS = new Set([1_011, 1_013, 1_014])

/** How a WebSocket ended that was not ended by its client; undefined where its server ended it as it should. */
export function classifyClose(
  code: number,
  reason: string,
  socketError: string | undefined,
): ExchangeFailure | undefined {
  if (ORDERLY.has(code)) return undefined
  if (code === ABNORMAL) {
    return socketError === undefined
      ? { outcome: 'closed', detail: 'FIN without a close frame (1006)' }
      : { outcome: 'reset', detail: `${socketError} without a close frame (1006)`, code: socketError }
  }
  const detail = `closed with ${code}${reason === '' ? '' : `, ${JSON.stringify(reason.slice(0, 80))}`}`
  return { outcome: SERVER_FAULTS.has(code) ? '5xx' : '4xx', detail }
}

/**
 * What became of a message without an answer when its server closed in order. The pong to the ping behind it says that the server
 * had read it before its close frame: then it owed an answer. Without one the two have crossed on their way.
 */
export const classifyUnanswered = (code: number, arrived: boolean): ExchangeFailure =>
  arrived
    ? { outcome: 'closed', detail: `read by the server, which then closed with ${code} instead of answering` }
    : { outcome: 'not-processed', detail: `crossed the server's close frame (${code})` }

/** Why there is no WebSocket. `connected`: the connection it was to be on had come about. */
export function classifyHandshakeError(
  error: NodeJS.ErrnoException & { readonly syscall?: string },
  connected: boolean,
): ExchangeFailure {
  // Node's client gives a FIN the code of a RST, but no system call that it was seen by.
  if (error.code === 'ECONNRESET' && error.syscall === undefined) {
    return { outcome: 'closed', detail: 'FIN before the handshake was answered' }
  }
  if (error.code === undefined || error.code.startsWith('HPE_')) {
    return { outcome: 'wrong-body', detail: `the answer to the handshake is none: ${error.message}` }
  }
  return classifyError(error, connected, 'before-head')
}
