import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import type { Server, Socket } from 'node:net'
import type { Runtime } from '../../process/runtime.js'
import type { Closer } from '../closing/closer.js'
import { openSessions, openStreams } from '../node/internals.js'

/** How long a session on which no stream was ever opened may still open one once the drain has begun, in ms. */
const SILENT_LINGER = 500
/** Sessions that are told to end in one turn. */
const BATCH = 64

export interface SeenStream {
  /** As the runtime's time. */
  readonly since: number
  /** Of a stream that arrived after the signal. */
  readonly method: string | undefined
  readonly path: string | undefined
}

/**
 * HTTP/2 from the start of the drain: each session sends GOAWAY with the last stream that it took up, lets those streams finish,
 * and closes. Until then sessions, and new ones, are served as before: a client that is told earlier opens its next connection
 * while the proxies may still send it here.
 *
 * RFC 9113 §6.8 recommends two GOAWAYs, the first with the highest stream id there is, so that no stream is refused that was on
 * its way. Node cannot: whatever id `session.goaway()` is given, the session refuses new streams from there on, and a frame
 * written past the session can break into one that is being written. A stream above the last id was not processed, the client
 * knows that from the id, and it is safe to send again. The window is kept to the network's own delay: a session is told right
 * after the turn of the event loop in which everything that had arrived was read.
 */
export class Http2 {
  readonly #runtime: Runtime
  readonly #server: Server
  readonly #closer: Closer
  readonly #sessions = new Map<ServerHttp2Session, { readonly opened: number; socket?: Socket }>()
  readonly #seen = new WeakMap<ServerHttp2Stream, SeenStream>()
  readonly #sockets = new WeakMap<Socket, ServerHttp2Session>()
  /** Node announces a session while it announces the session's connection: the next socket is this one's. */
  #announced: ServerHttp2Session | undefined
  readonly #sessionClosed: (this: ServerHttp2Session) => void
  #draining = false

  constructor(server: Server, runtime: Runtime, closer: Closer) {
    this.#server = server
    this.#runtime = runtime
    this.#closer = closer
    const sessions = this.#sessions
    this.#sessionClosed = function () {
      sessions.delete(this)
    }
    for (const [session, socket] of openSessions(server)) {
      this.#session(session)
      this.opened(socket)
    }
    server.on('session', this.#session)
  }

  enterLameDuck(): void {
    for (const session of this.#sessions.keys()) {
      for (const stream of openStreams(session)) this.saw(stream, undefined, undefined)
    }
  }

  /** A stream is known from here on, for the report of what was still open. */
  saw(stream: ServerHttp2Stream, method: string | undefined, path: string | undefined): void {
    if (!this.#seen.has(stream)) this.#seen.set(stream, { since: this.#runtime.now(), method, path })
  }

  seen(stream: ServerHttp2Stream): SeenStream | undefined {
    return this.#seen.get(stream)
  }

  /** Told of each socket as it opens. */
  opened(socket: Socket): void {
    if (this.#announced === undefined) return
    this.#sockets.set(socket, this.#announced)
    const known = this.#sessions.get(this.#announced)
    if (known !== undefined) known.socket = socket
    this.#announced = undefined
  }

  sessionOf(socket: Socket): ServerHttp2Session | undefined {
    return this.#sockets.get(socket)
  }

  /** @returns the streams that are open as the drain starts */
  drain(): ServerHttp2Stream[] {
    this.#draining = true
    const sessions = [...this.#sessions.keys()]
    const streams = sessions.flatMap((session) => openStreams(session))
    this.#goAway(sessions)
    return streams
  }

  detach(): void {
    this.#server.off('session', this.#session)
    for (const session of this.#sessions.keys()) session.off('close', this.#sessionClosed)
  }

  readonly #session = (session: ServerHttp2Session): void => {
    this.#announced = session
    this.#sessions.set(session, { opened: this.#runtime.now() })
    session.once('close', this.#sessionClosed)
    // One that came out of the backlog: its first request is on the way.
    if (this.#draining) this.#runtime.setTimeout(() => this.#end(session), SILENT_LINGER)
  }

  #goAway(sessions: ServerHttp2Session[]): void {
    this.#runtime.setImmediate(() => {
      for (const session of sessions.splice(0, BATCH)) this.#close(session)
      if (sessions.length > 0) this.#goAway(sessions)
    })
  }

  #close(session: ServerHttp2Session): void {
    const age = this.#runtime.now() - (this.#sessions.get(session)?.opened ?? 0)
    const wait = openStreams(session).length === 0 && age < SILENT_LINGER ? SILENT_LINGER - age : 0
    if (wait === 0) this.#end(session)
    else this.#runtime.setTimeout(() => this.#end(session), wait)
  }

  /** GOAWAY; when the last stream is done Node ends the socket, and waits for ever for the client to do the same. */
  #end(session: ServerHttp2Session): void {
    const socket = this.#sessions.get(session)?.socket
    session.close()
    if (socket === undefined || socket.destroyed) return
    if (socket.writableFinished) this.#closer.closeNow(socket)
    else socket.once('finish', () => this.#closer.closeNow(socket))
  }
}
