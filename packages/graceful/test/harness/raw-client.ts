import { connect, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'

export interface RawResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** One TCP connection that shows exactly what it has received. It never retries, and closes only on `end` or `destroy`. */
export class RawClient {
  received = ''
  /** `end` after a FIN, otherwise the code of an error: ECONNRESET, ECONNREFUSED. */
  closed: string | undefined
  /** The first error, even after a FIN. */
  error: string | undefined
  readonly #socket: Socket
  readonly #wake = new Set<() => void>()

  /** `over`: an open TCP connection on which the TLS handshake starts. */
  constructor(port: number, options: { tls?: boolean; alpn?: string; over?: Socket } = {}) {
    this.#socket = options.tls
      ? connectSecurely({
          ...(options.over ? { socket: options.over } : { port, host: '127.0.0.1' }),
          rejectUnauthorized: false,
          allowHalfOpen: true,
          ALPNProtocols: options.alpn && [options.alpn],
        } as object)
      : connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (data: unknown) => {
      this.received += String(data)
      this.#notify()
    })
    this.#socket.on('end', () => this.#close('end'))
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error ??= error.code ?? error.message
      this.#close(this.error)
    })
    this.#socket.on('close', () => this.#close('end'))
  }

  async connected(): Promise<this> {
    await this.#until(
      () => this.closed !== undefined || this.#socket.readyState === 'open',
      ['connect', 'secureConnect'],
    )
    return this
  }

  send(data: string): this {
    this.#socket.write(data, 'latin1')
    return this
  }

  get(path: string, headers = ''): this {
    return this.send(`GET ${path} HTTP/1.1\r\nHost: fixture\r\n${headers}\r\n`)
  }

  end(): void {
    this.#socket.end()
  }

  /** Closes the socket at once. */
  destroy(): void {
    this.#socket.destroy()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Waits for `count` complete responses or for the end of the connection, and returns the complete responses. */
  async responses(count: number): Promise<RawResponse[]> {
    await this.#until(() => this.closed !== undefined || parse(this.received, false).length >= count)
    return parse(this.received, this.closed === 'end')
  }

  async ended(): Promise<string> {
    await this.#until(() => this.closed !== undefined)
    return this.closed!
  }

  async receives(text: string): Promise<void> {
    await this.#until(() => this.closed !== undefined || this.received.includes(text))
  }

  async #until(done: () => boolean, events: string[] = []): Promise<void> {
    while (!done()) {
      await new Promise<void>((resolve) => {
        this.#wake.add(resolve)
        for (const event of events) this.#socket.once(event, () => resolve())
      })
    }
  }

  #close(how: string): void {
    this.closed ??= how
    this.#notify()
  }

  #notify(): void {
    for (const wake of this.#wake) wake()
    this.#wake.clear()
  }
}

/** Returns the complete responses in `text`. A body ends by Content-Length, by chunks, or at the end of the connection. */
function parse(text: string, atEnd: boolean): RawResponse[] {
  const responses: RawResponse[] = []
  let rest = text
  for (;;) {
    const headEnd = rest.indexOf('\r\n\r\n')
    if (headEnd < 0) return responses
    const [statusLine = '', ...lines] = rest.slice(0, headEnd).split('\r\n')
    const headers = Object.fromEntries(
      lines.map((line) => [line.split(':', 1)[0]!.toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    )
    const status = Number(statusLine.split(' ')[1])
    const remainder = rest.slice(headEnd + 4)
    const body = status === 100 ? { text: '', length: 0 } : bodyOf(remainder, headers, atEnd)
    if (body === undefined) return responses
    responses.push({ status, headers, body: body.text })
    rest = remainder.slice(body.length)
  }
}

function bodyOf(
  text: string,
  headers: Record<string, string>,
  atEnd: boolean,
): { text: string; length: number } | undefined {
  if (headers['content-length'] !== undefined) {
    const length = Number(headers['content-length'])
    return text.length < length ? undefined : { text: text.slice(0, length), length }
  }
  if (headers['transfer-encoding'] !== 'chunked') return atEnd ? { text, length: text.length } : undefined
  let body = ''
  let at = 0
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(text.slice(at, lineEnd), 16)
    if (text.length < lineEnd + 2 + size + 2) return undefined
    if (size === 0) return { text: body, length: lineEnd + 4 }
    body += text.slice(lineEnd + 2, lineEnd + 2 + size)
    at = lineEnd + 2 + size + 2
  }
}
