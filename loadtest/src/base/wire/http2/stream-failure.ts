import { constants } from 'node:http2'
import { classifyEnd, classifyError } from '../http1/socket-failure.js'
import type { ExchangeFailure } from '../http1/socket-failure.js'

/** What a GOAWAY said. */
export interface GoAway {
  readonly code: number
  /** Streams above it were not processed, and will not be (RFC 9113 §6.8). */
  readonly lastStreamId: number
}

/** What is known when a stream ended without a complete response. */
export interface StreamEnd {
  /** Undefined where it never left this side. */
  readonly id: number | undefined
  /** Of the RST_STREAM that ended it, from whichever side. */
  readonly rstCode: number
  readonly sawHead: boolean
  readonly streamError: NodeJS.ErrnoException | undefined
  readonly goAway: GoAway | undefined
  readonly connected: boolean
  /** The connection ended with this. */
  readonly error: NodeJS.ErrnoException | undefined
  /** A FIN came. */
  readonly fin: boolean
  /** The connection has ended. */
  readonly ended: boolean
}

/** Puts the end of a stream into a class. A stream that the server says it did not process is nobody's loss. */
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
    return { outcome: sawHead ? 'truncated' : 'reset', detail: `GOAWAY with ${nameOf(goAway.code)} under the stream` }
  }
  const code = error?.code ?? ''
  if (error && !code.startsWith('ERR_HTTP2')) return classifyError(error, connected, cutOff)
  const broken = [error, streamError].find((one) => one?.code === 'ERR_HTTP2_ERROR')
  if (broken) return { outcome: 'wrong-body', detail: `not HTTP/2: ${broken.message}` }
  if (fin) return classifyEnd(cutOff)
  // Node keeps to itself what a write failed with.
  if (ended) return { outcome: sawHead ? 'truncated' : 'reset', detail: 'the connection broke without a FIN' }
  return { outcome: sawHead ? 'truncated' : 'reset', detail: `RST_STREAM with ${nameOf(rstCode)}` }
}

/** `CANCEL`, `INTERNAL_ERROR`: RFC 9113 §7. */
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
