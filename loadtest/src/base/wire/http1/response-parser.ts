/** The bytes on a connection are not HTTP/1.x. */
export class MalformedResponse extends Error {
  override readonly name = 'MalformedResponse'
}

/** The status line and headers of a response. Names are in lower case; repeated headers are joined with `, `. */
export interface ResponseHead {
  readonly status: number
  readonly minorVersion: 0 | 1
  readonly headers: ReadonlyMap<string, string>
}

export interface ResponseSink {
  head(head: ResponseHead): void
  body(part: Buffer): void
  /** The response is complete. The next bytes belong to another response. */
  complete(): void
}

/** Where in the awaited response a connection ended. */
export type CutOff = 'before-head' | 'inside-head' | 'inside-body' | 'at-end'

const MOST_HEAD = 64 * 1024
const MOST_LINE = 4 * 1024

type Phase =
  | { readonly at: 'head' }
  | { readonly at: 'fixed'; left: number }
  | { readonly at: 'chunk-size' }
  | { readonly at: 'chunk-data'; left: number }
  | { readonly at: 'chunk-end' }
  | { readonly at: 'trailers' }
  | { readonly at: 'until-close' }

/**
 * Parses responses to GET and POST on one connection (RFC 9112). Interim (1xx) responses are skipped.
 *
 * A verdict needs what Node's own client hides: how much of a response had arrived when the connection ended, and bytes that no
 * request asked for.
 */
export class ResponseParser {
  readonly #sink: ResponseSink
  #phase: Phase = { at: 'head' }
  /** Bytes of an incomplete head or line. */
  #held: Buffer = Buffer.alloc(0)

  constructor(sink: ResponseSink) {
    this.#sink = sink
  }

  /**
   * Parses bytes up to the end of at most one response.
   *
   * @returns the number of parsed bytes
   * @throws {MalformedResponse}
   */
  execute(bytes: Buffer): number {
    let offset = 0
    while (offset < bytes.length) {
      const [taken, complete] = this.#step(bytes.subarray(offset))
      offset += taken
      if (complete) {
        this.#phase = { at: 'head' }
        this.#sink.complete()
        break
      }
    }
    return offset
  }

  /** The peer sent FIN. Returns where it cut the response off; `at-end` if the response ends with the connection. */
  finish(): CutOff {
    if (this.#phase.at === 'until-close') {
      this.#phase = { at: 'head' }
      this.#sink.complete()
      return 'at-end'
    }
    return this.cutOff()
  }

  cutOff(): CutOff {
    if (this.#phase.at !== 'head') return 'inside-body'
    return this.#held.length > 0 ? 'inside-head' : 'before-head'
  }

  #step(bytes: Buffer): readonly [taken: number, complete: boolean] {
    const phase = this.#phase
    switch (phase.at) {
      case 'head':
        return this.#readHead(bytes)
      case 'until-close':
        this.#sink.body(bytes)
        return [bytes.length, false]
      case 'fixed':
      case 'chunk-data': {
        const part = bytes.subarray(0, phase.left)
        phase.left -= part.length
        this.#sink.body(part)
        if (phase.left > 0) return [part.length, false]
        if (phase.at === 'fixed') return [part.length, true]
        this.#phase = { at: 'chunk-end' }
        return [part.length, false]
      }
      default:
        return this.#readChunkLine(phase.at, bytes)
    }
  }

  #readChunkLine(at: 'chunk-end' | 'chunk-size' | 'trailers', bytes: Buffer): readonly [number, boolean] {
    const [line, taken] = this.#line(bytes)
    if (line === undefined) return [taken, false]
    if (at === 'trailers') return [taken, line === '']
    if (at === 'chunk-end') {
      if (line !== '') throw new MalformedResponse(`a chunk runs past its size: ${quote(line)}`)
      this.#phase = { at: 'chunk-size' }
      return [taken, false]
    }
    const digits = /^([\da-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line)?.[1]
    if (digits === undefined) throw new MalformedResponse(`not a chunk size: ${quote(line)}`)
    const left = Number.parseInt(digits, 16)
    this.#phase = left === 0 ? { at: 'trailers' } : { at: 'chunk-data', left }
    return [taken, false]
  }

  #line(bytes: Buffer): readonly [line: string | undefined, taken: number] {
    const end = bytes.indexOf(10)
    const part = end === -1 ? bytes : bytes.subarray(0, end + 1)
    this.#held = this.#held.length === 0 ? part : Buffer.concat([this.#held, part])
    if (this.#held.length > MOST_LINE)
      throw new MalformedResponse(`a line of the chunked body is longer than ${MOST_LINE} bytes`)
    if (end === -1) return [undefined, part.length]
    const line = this.#held.toString('latin1').replace(/\r?\n$/, '')
    this.#held = Buffer.alloc(0)
    return [line, part.length]
  }

  #readHead(bytes: Buffer): readonly [number, boolean] {
    const before = this.#held.length
    const all = before === 0 ? bytes : Buffer.concat([this.#held, bytes])
    const end = endOfHead(all)
    if (end === -1) {
      if (all.length > MOST_HEAD) throw new MalformedResponse(`the response head is longer than ${MOST_HEAD} bytes`)
      // Reject bytes that cannot become a status line at once. Otherwise they would end as a timeout.
      const start = all.subarray(0, 5).toString('latin1')
      if (!'HTTP/'.startsWith(start)) throw new MalformedResponse(`not a status line: ${quote(start)}`)
      this.#held = Buffer.from(all)
      return [bytes.length, false]
    }
    this.#held = Buffer.alloc(0)
    const head = parseHead(all.subarray(0, end).toString('latin1'))
    const taken = end - before
    if (head.status < 200) return [taken, false]
    this.#sink.head(head)
    const framing = framingOf(head)
    if (framing.at === 'fixed' && framing.left === 0) return [taken, true]
    this.#phase = framing
    return [taken, false]
  }
}

const endOfHead = (bytes: Buffer): number => {
  const end = bytes.indexOf('\r\n\r\n')
  if (end !== -1) return end + 4
  const bare = bytes.indexOf('\n\n')
  return bare === -1 ? -1 : bare + 2
}

function parseHead(text: string): ResponseHead {
  const [statusLine = '', ...lines] = text.trimEnd().split(/\r?\n/)
  const match = /^HTTP\/1\.([01]) (\d{3})(?: .*)?$/.exec(statusLine)
  if (!match) throw new MalformedResponse(`not a status line: ${quote(statusLine)}`)
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon <= 0) throw new MalformedResponse(`not a header: ${quote(line)}`)
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    const earlier = headers.get(name)
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`)
  }
  return { status: Number(match[2]), minorVersion: match[1] === '0' ? 0 : 1, headers }
}

/** RFC 9112 §6.3. */
function framingOf({ status, headers }: ResponseHead): Phase {
  if (status === 204 || status === 304) return { at: 'fixed', left: 0 }
  const coding = headers.get('transfer-encoding')
  if (coding !== undefined) return /(?:^|,)\s*chunked$/i.test(coding) ? { at: 'chunk-size' } : { at: 'until-close' }
  const length = headers.get('content-length')
  if (length === undefined) return { at: 'until-close' }
  const lengths = new Set(length.split(',').map((one) => one.trim()))
  const [only = ''] = lengths
  if (lengths.size !== 1 || !/^\d{1,15}$/.test(only)) {
    throw new MalformedResponse(`not a Content-Length: ${quote(length)}`)
  }
  return { at: 'fixed', left: Number(only) }
}

const quote = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
