/** Longest head of a 101 response that the library follows, in bytes. */
const MAX_HEAD = 16_384
const CONTINUATION = 0x0
const BINARY = 0x2
const CLOSE = 0x8
const PONG = 0xa

/**
 * Follows the bytes that a server writes to an upgraded socket: the 101 response and the frames after it (RFC 6455 §5.2). The library
 * may add a frame of its own only where no frame and no fragmented message is incomplete.
 */
export class ServerFrames {
  #state: 'head' | 'frames' | 'foreign' = 'head'
  #head = ''
  /** Bytes of the frame header that is being read. */
  #header: number[] = []
  /** Bytes that are missing from the payload of the current frame. */
  #payload = 0
  #inMessage = false
  #closing = false
  #bytes = 0

  /** Number of bytes read. */
  get bytes(): number {
    return this.#bytes
  }

  /** `head`: the response is incomplete. `frames`: a WebSocket. `foreign`: another response, or bytes that are no frames. */
  get state(): 'head' | 'frames' | 'foreign' {
    return this.#state
  }

  /** Whether the server has sent a close frame, after which it may send no other frame. */
  get closing(): boolean {
    return this.#closing
  }

  /** Whether a frame can follow here. */
  get atBoundary(): boolean {
    return this.#state === 'frames' && this.#header.length === 0 && this.#payload === 0 && !this.#inMessage
  }

  read(chunk: Uint8Array): void {
    this.#bytes += chunk.length
    let offset = this.#state === 'head' ? this.#readHead(chunk) : 0
    while (this.#state === 'frames' && offset < chunk.length) {
      if (this.#payload > 0) {
        const count = Math.min(this.#payload, chunk.length - offset)
        this.#payload -= count
        offset += count
      } else this.#readHeaderByte(chunk[offset++]!)
    }
  }

  /** Returns the offset of the first byte after the head. */
  #readHead(chunk: Uint8Array): number {
    const before = this.#head.length
    this.#head += Buffer.from(chunk).toString('latin1')
    const end = this.#head.indexOf('\r\n\r\n')
    if (end === -1) {
      if (this.#head.length > MAX_HEAD) this.#state = 'foreign'
      return chunk.length
    }
    const head = this.#head.slice(0, end)
    this.#head = ''
    this.#state = head.startsWith('HTTP/1.1 101 ') && /^upgrade: *websocket *$/im.test(head) ? 'frames' : 'foreign'
    return end + 4 - before
  }

  #readHeaderByte(byte: number): void {
    this.#header.push(byte)
    const [first, second] = this.#header as [number, number | undefined]
    if (second === undefined) return
    const opcode = first & 0x0f
    // A server does not mask its frames (RFC 6455 §5.1).
    if ((second & 0x80) !== 0 || opcode > PONG || (opcode > BINARY && opcode < CLOSE)) {
      this.#state = 'foreign'
      return
    }
    const lengthBytes = second === 126 ? 2 : second === 127 ? 8 : 0
    if (this.#header.length < 2 + lengthBytes) return
    const length = this.#header.slice(2)
    this.#payload = lengthBytes === 0 ? second : length.reduce((sum, value) => sum * 256 + value, 0)
    this.#header = []
    if (opcode === CLOSE) this.#closing = true
    if (opcode >= CONTINUATION && opcode <= BINARY) this.#inMessage = (first & 0x80) === 0
  }
}
