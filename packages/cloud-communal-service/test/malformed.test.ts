import { createServer } from 'node:http'
import type { RequestListener, ServerOptions } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { POD, VERSION, loggedApp } from './app.js'
import type { Line } from './app.js'
import { createLogger } from '../src/logger.js'
import { answerMalformed } from '../src/malformed.js'

/** Sends raw bytes. Returns the response and the log. */
const send = async (
  bytes: string,
  { app = loggedApp().app, ...options }: ServerOptions & { app?: RequestListener } = {},
): Promise<{ answer: string; lines: Line[] }> => {
  const lines: Line[] = []
  const write = (line: string): void => void lines.push(JSON.parse(line) as Line)
  const logger = createLogger({ logLevel: 'info', pod: POD, version: VERSION }, { write })
  const server = createServer(options, app)
  answerMalformed(server, { version: VERSION, pod: POD, logger })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => void server.close())
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(bytes)
  return { answer: await text(socket), lines }
}

describe('a malformed request', () => {
  it.each([
    ['an invalid request line', 'HELO there\r\n\r\n', 400, 'Bad Request'],
    [
      'headers that are too long',
      `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'Request Header Fields Too Large',
    ],
    [
      'two lengths',
      'POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
      'Bad Request',
    ],
  ])('with %s is answered with the headers of every response', async (_what, bytes, status, error) => {
    const { answer, lines } = await send(bytes)
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    const id = /\r\nX-Request-Id: ([\da-f-]{36})\r\n/.exec(head)?.[1]
    expect(head.split('\r\n')).toEqual([
      `HTTP/1.1 ${status} ${error}`,
      `X-Service-Version: ${VERSION}`,
      `X-Pod: ${POD}`,
      `X-Request-Id: ${id}`,
      'X-Content-Type-Options: nosniff',
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${body.length}`,
      'Connection: close',
    ])
    expect(JSON.parse(body)).toEqual({ error, reasons: [expect.any(String)], requestId: id })
    expect(lines).toMatchObject([{ msg: 'malformed request', status, requestId: id }])
  })

  it('that takes too long to arrive is answered with 408', async () => {
    const { answer } = await send('GET / HTTP/1.1\r\nHost: h\r\n', {
      headersTimeout: 200,
      requestTimeout: 200,
      connectionsCheckingInterval: 50,
    })
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\nX-Service-Version: /)
  })

  it('behind a valid request does not change the response to that one', async () => {
    const { answer } = await send('GET /stream?chunks=3&every=100 HTTP/1.1\r\nHost: h\r\n\r\n\0\0\0\r\n\r\n')
    expect(answer).not.toContain('Bad Request')
  })
})
