import type { Socket } from 'node:net'
import { replaceMethod } from '../../process/replace-method.js'
import { ServerFrames } from './server-frames.js'
import { CLOSED, OPEN, webSocketOf, type WebSocketLike } from './web-socket.js'

type Write = (chunk: Uint8Array | string, ...rest: unknown[]) => boolean

/**
 * A WebSocket without an owner of `ws`, such as the connection of a proxy, which pipes bytes. The library follows what the
 * application writes, so that it can send a close frame at a place where a frame may stand. It stops that as soon as `ws` owns the
 * socket.
 */
export class UnownedWebSocket implements WebSocketLike {
  readonly #socket: Socket
  readonly #frames = new ServerFrames()
  readonly #write: Write
  readonly #restore: () => void
  /** `bytesWritten` of the socket before the upgrade. */
  readonly #bytesBefore: number
  readonly #onRelease: () => void
  #released = false
  #closeFrame: Buffer | undefined
  #closed = false
  #onAnswer: (() => void) | undefined

  /** @param onRelease called when `ws` owns the socket, or the application has answered with another protocol */
  constructor(socket: Socket, onRelease: () => void) {
    this.#socket = socket
    this.#onRelease = onRelease
    this.#bytesBefore = socket.bytesWritten
    this.#write = socket.write.bind(socket) as Write
    this.#restore = replaceMethod(socket, 'write', this.#onWrite as Socket['write'])
  }

  /** Whether the application has not answered the upgrade yet. */
  get isOpening(): boolean {
    return this.#frames.state === 'head'
  }

  /** Whether the application has answered the upgrade with anything but a WebSocket. */
  get isForeign(): boolean {
    return this.#frames.state === 'foreign'
  }

  get readyState(): number {
    if (this.#socket.destroyed || this.isForeign) return CLOSED
    return this.#frames.state === 'frames' && !this.#frames.closing && this.#socket.writable ? OPEN : CLOSED - 1
  }

  /** Calls back one turn after the application has answered the upgrade. By then `ws` owns the socket if it ever does. */
  onAnswer(callback: () => void): void {
    this.#onAnswer = callback
  }

  /** Sends a close frame as soon as the last message that the application has started is complete. */
  close(code: number, reason: string): void {
    const text = Buffer.from(reason)
    this.#closeFrame = Buffer.concat([Buffer.from([0x88, 2 + text.length, code >> 8, code & 0xff]), text])
    this.#sendCloseFrame()
  }

  terminate(): void {
    this.#socket.destroy()
  }

  readonly #onWrite = (chunk: Uint8Array | string, ...rest: unknown[]): boolean => {
    if (this.#released) return this.#write(chunk, ...rest)
    // No frame may follow a close frame (RFC 6455 §5.5.1).
    if (this.#closed) {
      const callback = rest.at(-1)
      if (typeof callback === 'function') process.nextTick(callback)
      return true
    }
    const wasOpening = this.isOpening
    const isDrained = this.#write(chunk, ...rest)
    const encoding = typeof rest[0] === 'string' ? (rest[0] as BufferEncoding) : undefined
    this.#frames.read(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk)
    if (wasOpening && !this.isOpening) setImmediate(() => this.#answered())
    this.#sendCloseFrame()
    return isDrained
  }

  #answered(): void {
    if (this.isForeign || webSocketOf(this.#socket) !== undefined) {
      this.#released = true
      this.#restore()
      this.#onRelease()
    }
    this.#onAnswer?.()
  }

  #sendCloseFrame(): void {
    if (this.#closeFrame === undefined || this.#closed || this.readyState !== OPEN || !this.#frames.atBoundary) return
    const socket = this.#socket
    // Bytes that went past `write` could be the start of a frame.
    if (socket.bytesWritten - this.#bytesBefore !== this.#frames.bytes) return
    this.#write(this.#closeFrame)
    this.#closed = true
    // The client ends the connection after its own close frame. A socket that nobody reads would not see that.
    socket.once('end', () => socket.end())
    if (socket.readableFlowing === null) socket.resume()
  }
}
