import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2'
import type { Answer } from '../../base/wire/http1/exchange.js'

const MOST_BODY = 1024 * 1024

export interface StreamEvents {
  /** Called with each part of the body, also with parts that are not kept. */
  readonly take?: ((part: Buffer) => unknown) | undefined
  answered(answer: Answer): void
  /** The stream ended without a complete response. */
  cut(sawHead: boolean, error: NodeJS.ErrnoException | undefined): void
}

/** Collects one response. Calls exactly one of `answered` and `cut`, once. */
export function collect(stream: ClientHttp2Stream, events: StreamEvents): void {
  const parts: Buffer[] = []
  let bytes = 0
  let head: IncomingHttpHeaders | undefined
  let complete = false
  stream.on('response', (headers) => void (head = headers))
  stream.on('data', (part: Buffer) => {
    bytes += part.length
    events.take?.(part)
    if (bytes <= MOST_BODY) parts.push(part)
  })
  // A reset stream emits `end` too, but it has a code. END_STREAM leaves none.
  stream.on('end', () => void (complete = stream.rstCode === 0 && !stream.destroyed))
  let error: NodeJS.ErrnoException | undefined
  stream.on('error', (reason: NodeJS.ErrnoException) => void (error = reason))
  stream.once('close', () => {
    if (!head || !complete || stream.rstCode !== 0) return events.cut(head !== undefined, error)
    const body = Buffer.concat(parts)
    const headers = plain(head)
    const promised = Number(headers.get('content-length') ?? bytes)
    // RST_STREAM with NO_ERROR looks like an end; Content-Length shows the difference.
    if (promised !== bytes) return events.cut(true, error)
    events.answered({ head: { status: Number(head[':status']), minorVersion: 1, headers }, body, bodyBytes: bytes })
  })
}

const plain = (headers: IncomingHttpHeaders): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(headers)
      .filter(([name]) => !name.startsWith(':'))
      .map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : String(value)]),
  )
