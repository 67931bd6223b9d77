import { constants } from 'node:http2'
import { classifyEnd, classifyError } from '../http1/socket-failure.js'
import type { ExchangeFailure } from '../http1/socket-failure.js'

/** The contents of a GOAWAY frame. */
export interface GoAway {
  readonly code: number
  /** The server has not processed and will not process streams above it (RFC 9113 §6.8). */
  readonly lastStreamId: number
}

/** The end of a stream without a complete response. */
export interface StreamEnd {
  /** Undefined if the stream was never sent. */
  readonly id: number | undefined
  /** The code of the RST_STREAM that ended it, from either side. */
  readonly rstCode: number
  readonly sawHead: boolean
  readonly streamError: NodeJS.ErrnoException | undefined
  readonly goAway: GoAway | undefined
  readonly connected: boolean
  /** The error that ended the connection. */
  readonly error: NodeJS.ErrnoException | undefined
  /** The server sent FIN. */
  readonly fin: boolean
  /** The connection has ended. */
  readonly ended: boolean
}

/** Classifies the end of a stream. A stream that the server declares not processed is not a drop. */
export function classifyStream(end: StreamEnd): ExchangeFailure {
  const { id, rstCode, sawHead, streamError, goAway, connected, error, fin, ended } = end
  const cutOff = sawHead ? 'inside-body' : 'before-head'
  if (goAway && (id === undefined || id > goAway.lastStreamId)) {
    return {
      outcome: 'not-processed',
      detail: `stream ${id ?? 'not sent'} is above GOAWAY's last, ${goAway.lastStreamId}`,
    }
  }
  if (rstCode === constants.NGHTTP2_REFUSED_STREAM && !sawHead) {
    return { outcome: 'not-processed', detail: 'RST_STREAM with REFUSED_STREAM' }
  }
  if (goAway && goAway.code !== constants.NGHTTP2_NO_ERROR) {
    return { outcome: sawHead ? 'truncated' : 'reset', detail: `GOAWAY with ${nameOf(goAway.code)} during the stream` }
  }
  const code = error?.code ?? ''
  if (error && !code.startsWith('ERR_HTTP2')) return classifyError(error, connected, cutOff)
  const broken = [error, streamError].find((one) => one?.code === 'ERR_HTTP2_ERROR')
  if (broken) return { outcome: 'wrong-body', detail: `not HTTP/2: ${broken.message}` }
  if (fin) return classifyEnd(cutOff)
  // Node hides the error of a failed write.
  if (ended) return { outcome: sawHead ? 'truncated' : 'reset', detail: 'the connection broke without a FIN' }
  return { outcome: sawHead ? 'truncated' : 'reset', detail: `RST_STREAM with ${nameOf(rstCode)}` }
}

/** Returns the name of an error code, as `CANCEL` (RFC 9113 §7). */
const nameOf = (code: number): string => NAMES.get(code) ?? `error ${code}`

const ERRORS = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
]
const NAMES = new Map(ERRORS.map((name, code) => [code, name]))
