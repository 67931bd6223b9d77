import { describe, expect, it } from 'vitest'
import { MalformedResponse, ResponseParser } from '../../../../src/base/wire/http1/response-parser.ts'
import type { CutOff } from '../../../../src/base/wire/http1/response-parser.ts'

interface Seen {
  status: number
  headers: Record<string, string>
  body: string
  complete: boolean
}

/** Feeds bytes in pieces, and collects the results of the parser. */
function parse(pieces: readonly string[], fin = false): { responses: Seen[]; cutOff: CutOff } {
  const responses: Seen[] = []
  const last = (): Seen => responses.at(-1) as Seen
  const parser = new ResponseParser({
    head: ({ status, headers }) =>
      void responses.push({ status, headers: Object.fromEntries(headers), body: '', complete: false }),
    body: (part) => void (last().body += part.toString('latin1')),
    complete: () => void (last().complete = true),
  })
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, 'latin1')
    for (let offset = 0; offset < bytes.length;) offset += parser.execute(bytes.subarray(offset))
  }
  return { responses, cutOff: fin ? parser.finish() : parser.cutOff() }
}

const WHOLE = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Pod: a\r\nx-pod: b\r\n\r\nhello',
  'HTTP/1.1 201 \r\nTransfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n',
  'HTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\nContent-Length: 2, 2\n\nok',
]

describe('the response parser', () => {
  it.each(WHOLE)('gives the same result wherever the bytes are split: %j', (text) => {
    const whole = parse([text])
    expect(whole.responses).toHaveLength(1)
    expect(whole.responses[0]?.complete).toBe(true)
    expect(whole.cutOff).toBe('before-head')
    for (let at = 1; at < text.length; at += 1) expect(parse([text.slice(0, at), text.slice(at)])).toEqual(whole)
    expect(parse(text.split(''))).toEqual(whole)
  })

  it('reads pipelined responses one by one', () => {
    const { responses } = parse([WHOLE.join('')])
    expect(responses.map(({ status, body }) => [status, body])).toEqual([
      [200, 'hello'],
      [201, 'hello world'],
      [204, ''],
      [200, ''],
      [200, 'ok'],
    ])
  })

  it('joins repeated headers and ignores the case of their names', () => {
    expect(parse([WHOLE[0] ?? '']).responses[0]?.headers).toEqual({ 'content-length': '5', 'x-pod': 'a, b' })
  })

  it('knows where in the response the connection ended', () => {
    const lengthy = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
    for (let at = 0; at < lengthy.length; at += 1) {
      const headEnd = lengthy.indexOf('\r\n\r\n') + 4
      const expected = at === 0 ? 'before-head' : at < headEnd ? 'inside-head' : 'inside-body'
      expect(parse([lengthy.slice(0, at)], true).cutOff, `after ${at} bytes`).toBe(expected)
    }
    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n'
    const bodyStart = chunked.indexOf('\r\n\r\n') + 4
    for (let at = bodyStart; at < chunked.length; at += 1) {
      expect(parse([chunked.slice(0, at)], true).cutOff, `after ${at} bytes`).toBe('inside-body')
    }
  })

  it('reads a body without a length until the end of the connection', () => {
    const { responses, cutOff } = parse(['HTTP/1.0 200 OK\r\n\r\nall', ' of it'], true)
    expect(responses[0]).toMatchObject({ body: 'all of it', complete: true })
    expect(cutOff).toBe('at-end')
  })

  it.each([
    'SSH-2.0-OpenSSH_9\r\n',
    'HTTP/2 200\r\n\r\n',
    'HTTP/1.1 2x0 OK\r\n\r\n',
    'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhiX\r\n',
    `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`,
  ])('rejects bytes that are not HTTP/1.x: %.60j', (text) => {
    expect(() => parse([text])).toThrow(MalformedResponse)
  })
})
