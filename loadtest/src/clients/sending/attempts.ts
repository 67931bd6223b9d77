import type { Attempt } from '../../base/attempt.js'
import { now } from '../../base/clock.js'
import { Connection } from '../../base/wire/http1/connection.js'
import type { Exchange, PacedBody } from '../../base/wire/http1/exchange.js'
import type { ResponseHead } from '../../base/wire/http1/response-parser.js'
import type { PlannedRequest } from '../../inputs/requests/planned-request.js'
import type { ClientContext } from '../client.js'
import { checkAnswer } from './check-answer.js'
import { headersOf } from './headers.js'

/** Callbacks of a client class for its connections. */
export interface ConnectionUse {
  /** Another request may be sent. */
  idle?(connection: Connection): void
  closed?(connection: Connection): void
}

/** Opens a connection, and records its surplus answers and early closes. */
export function openConnection(context: ClientContext, use: ConnectionUse = {}): Connection {
  const { origin, limits, notes } = context
  notes.opened += 1
  return new Connection(
    origin,
    { connectTimeoutMs: limits.connectMs },
    {
      ...use,
      surplus: (connection, bytes) => noteSurplus(context, connection, bytes),
      closedEarly: (idleMs) => {
        notes.closedEarly += 1
        notes.shortestIdleMs = Math.min(notes.shortestIdleMs ?? Infinity, idleMs)
      },
    },
  )
}

/**
 * Sends requests on a connection, several of them pipelined. Enters each into the ledger: its start now, its end when the response has
 * been checked or can no longer arrive.
 *
 * @param close the request asks the server to close the connection after its answer
 */
export function sendAttempts(
  context: ClientContext,
  connection: Connection,
  requests: readonly PlannedRequest[],
  { scheduledAt, close = false }: { readonly scheduledAt: number; readonly close?: boolean },
): void {
  connection.send(...requests.map((request) => enter(context, connection, request, scheduledAt, close)))
}

function enter(
  context: ClientContext,
  connection: Connection,
  request: PlannedRequest,
  scheduledAt: number,
  close: boolean,
): Exchange {
  const { ledger, profile, origin, client, limits } = context
  const startedAt = now()
  const attempt = ledger.open(
    {
      client,
      url: origin.url,
      method: request.method,
      path: request.path,
      scheduledAt,
      startedAt,
      reused: connection.answers > 0,
      mayCloseAt: connection.mayCloseAt,
      pod: connection.pod,
      deadline: startedAt + request.expectedMs + limits.answerMs,
      expectedMs: request.expectedMs,
    },
    (outcome) => {
      const waited = Math.round(now() - startedAt)
      connection.abandon({ outcome, detail: `no complete response after ${waited} ms` })
    },
  )
  const body = request.bodyFor?.(attempt.id) ?? request.body
  return {
    head: requestHead(context, request, attempt.id, body, close),
    ...(body === undefined ? {} : { body }),
    ...(request.take ? { take: request.take } : {}),
    owns: (head) => ownsAnswer(context, connection, attempt, head),
    answered: (answer) => {
      const ending = checkAnswer(profile, request, attempt, answer)
      connection.pod = ending.pod
      remember(connection, attempt)
      const { localPort } = connection
      ledger.close(attempt, localPort === undefined ? ending : { ...ending, localPort })
      // The next response on such a connection may belong to any request.
      if (ending.outcome === 'wrong-body') connection.end()
    },
    failed: (failure) => ledger.close(attempt, failure),
  }
}

/** The attempts of the last responses on a connection: a second response to one of them may arrive late. */
const answered = new WeakMap<Connection, Attempt[]>()
const REMEMBERED = 16

function remember(connection: Connection, attempt: Attempt): void {
  const recent = answered.get(connection) ?? []
  answered.set(connection, recent)
  if (recent.unshift(attempt) > REMEMBERED) recent.pop()
}

/** Records bytes that arrived although no response was due: a second response. */
function noteSurplus({ ledger }: ClientContext, connection: Connection, bytes: Buffer): void {
  const recent = answered.get(connection) ?? []
  const text = bytes.toString('latin1')
  const attempt = recent.find(({ id }) => text.includes(`${id}\r`)) ?? recent[0]
  const detail = `${bytes.length} bytes after the complete response: ${JSON.stringify(text.slice(0, 40))}`
  const { localPort } = connection
  if (attempt)
    ledger.amend(attempt, { outcome: 'duplicated', detail, ...(localPort === undefined ? {} : { localPort }) })
}

/** Returns whether a response belongs to this attempt, and not to an earlier one that was already answered. */
function ownsAnswer(
  { profile, ledger }: ClientContext,
  connection: Connection,
  own: Attempt,
  head: ResponseHead,
): boolean {
  if (!profile.requestId.echoed) return true
  const echoed = head.headers.get(profile.requestId.header.toLowerCase())
  const earlier = echoed === own.id ? undefined : answered.get(connection)?.find(({ id }) => id === echoed)
  if (!earlier) return true
  ledger.amend(earlier, {
    outcome: 'duplicated',
    detail: 'a second response arrived before the next one',
    status: head.status,
  })
  return false
}

function requestHead(
  { origin, profile }: ClientContext,
  { method, path, headers }: PlannedRequest,
  id: string,
  body: Buffer | PacedBody | undefined,
  close: boolean,
): string {
  let text =
    `${method} ${origin.basePath}${path} HTTP/1.1\r\nHost: ${origin.host}\r\n${profile.requestId.header}: ${id}\r\n` +
    `Connection: ${close ? 'close' : 'keep-alive'}\r\n`
  for (const [name, value] of headersOf(origin, headers)) text += `${name}: ${value}\r\n`
  if (body !== undefined) text += `Content-Length: ${lengthOf(body)}\r\n`
  return `${text}\r\n`
}

const lengthOf = (body: Buffer | PacedBody): number =>
  Buffer.isBuffer(body) ? body.length : body.parts.reduce((total, part) => total + part.length, 0)
