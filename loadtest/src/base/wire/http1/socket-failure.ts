import type { Outcome, WebSocketLoss } from '../../attempt.js'
import { ownFault } from '../../machine/own-fault.js'
import { isFinInHandshake, isTls, reasonOf } from '../tls-problem.js'
import type { CutOff } from './response-parser.js'

/** How an exchange failed. */
export interface ExchangeFailure {
  readonly outcome: Outcome
  /** The view of the client, for people. */
  readonly detail: string
  readonly code?: string
  /** The port of this side, if there was a connection. */
  readonly localPort?: number
  readonly webSocket?: WebSocketLoss
}

const UNREACHABLE = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENONET', 'ENOTFOUND'])
const RESET = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED'])

/** Classifies the error of a socket. `cutOff` is where the error cut the awaited response off. */
export function classifyError(error: NodeJS.ErrnoException, connected: boolean, cutOff: CutOff): ExchangeFailure {
  const code = error.code ?? 'no code'
  if (!connected && isFinInHandshake(error.message)) return { outcome: 'closed', detail: 'FIN in the TLS handshake' }
  const where = connected ? WHERE[cutOff] : 'while connecting'
  const failure = (outcome: Outcome, detail: string): ExchangeFailure => ({ outcome, detail, code })
  const own = ownFault(code)
  if (own) return failure('harness-fault', `${code} ${where}: this machine ${own.problem}`)
  if (code === 'ECONNREFUSED') return failure('refused', 'connection refused')
  if (!connected && UNREACHABLE.has(code)) return failure('unreachable', `${code} ${where}`)
  // The kernel gave up on an established connection: the pod or the network is gone, without RST or FIN.
  if (UNREACHABLE.has(code)) return failure(cutOff === 'inside-body' ? 'truncated' : 'unreachable', `${code} ${where}`)
  if (RESET.has(code)) return failure(cutOff === 'inside-body' ? 'truncated' : 'reset', `${code} ${where}`)
  if (isTls(code)) return failure('unreachable', `TLS: ${reasonOf(error.message)}`)
  return failure('unclassified', `${code} ${where}: ${error.message}`)
}

/** Classifies a FIN that came before the whole response. */
export function classifyEnd(cutOff: CutOff): ExchangeFailure {
  return cutOff === 'inside-body'
    ? { outcome: 'truncated', detail: `FIN ${WHERE[cutOff]}` }
    : { outcome: 'closed', detail: `FIN ${WHERE[cutOff]}` }
}

const WHERE: Readonly<Record<CutOff, string>> = {
  'before-head': 'before the first byte of the response',
  'inside-head': 'inside the response head',
  'inside-body': 'inside the response body',
  'at-end': 'after the response',
}
