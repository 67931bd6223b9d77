import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import type { Server, Socket } from 'node:net'
import type { Runtime } from '../../process/runtime.js'
import type { Closer } from '../closing/closer.js'
import { openSessions, openStreams } from '../node/internals.js'

/** How long a session without streams can still open one after the drain has started, in ms. */
const UNUSED_LINGER = 500
/** Largest size of an acknowledgement of PING or SETTINGS on the wire, with its TLS record, in bytes. */
const ACKNOWLEDGEMENT = 64
/** Sessions that get their GOAWAY in one turn of the event loop. */
const BATCH = 64

/** A stream that the library has seen after the signal, for the report of open connections. */
export interface KnownStream {
  /** Time of the runtime's clock. */
  readonly since: number
  /** Undefined for a stream that was open at the signal. */
  readonly headers: IncomingHttpHeaders | undefined
}

interface Session {
  /** Time of the runtime's clock. */
  readonly opened: number
  socket?: Socket
  /** Bytes of the acknowledgements that the client has demanded in the drain. */
  acknowledgements: number
}

/**
 * Drains HTTP/2 sessions. At the start of the drain each session sends GOAWAY with the id of its last accepted stream, finishes its
 * open streams, and closes. During the delay sessions work as before: a client that gets a GOAWAY opens a new connection, and the
 * proxies can still send that connection here.
 *
 * RFC 9113 §6.8 recommends two GOAWAY frames, the first with the highest possible stream id, so that no stream on its way is
 * refused. Node cannot do that. After `session.goaway()` a session refuses new streams, whatever the id. A frame that is written
 * around the session can corrupt another frame. A stream above the last id was not processed. The client learns that from the id,
 * and can safely retry. The window is as short as the network delay, because a session first reads all received data, and sends
 * GOAWAY right after that turn of the event loop.
 */
export class Http2 {
  readonly #runtime: Runtime
  readonly #server: Server
  readonly #closer: Closer
  readonly #sessions = new Map<ServerHttp2Session, Session>()
  readonly #streams = new WeakMap<ServerHttp2Stream, KnownStream>()
  readonly #sockets = new WeakMap<Socket, ServerHttp2Session>()
  /** Node emits `session` during `connection`: the next socket belongs to this session. */
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
      this.#onSession(session)
      this.addSocket(socket)
    }
    server.on('session', this.#onSession)
  }

  enterLameDuck(): void {
    for (const session of this.#sessions.keys()) {
      for (const stream of openStreams(session)) this.addStream(stream, undefined)
    }
  }

  /** Records a stream for the report of open connections. */
  addStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders | undefined): void {
    if (!this.#streams.has(stream)) this.#streams.set(stream, { since: this.#runtime.now(), headers })
  }

  knownStream(stream: ServerHttp2Stream): KnownStream | undefined {
    return this.#streams.get(stream)
  }

  /** Assigns a new socket to its session. */
  addSocket(socket: Socket): void {
    if (this.#announced === undefined) return
    this.#sockets.set(socket, this.#announced)
    const known = this.#sessions.get(this.#announced)
    if (known !== undefined) known.socket = socket
    this.#announced = undefined
  }

  sessionOf(socket: Socket): ServerHttp2Session | undefined {
    return this.#sockets.get(socket)
  }

  /** Returns the socket of a stream. */
  socketOf({ session }: ServerHttp2Stream): Socket | undefined {
    return this.#sessions.get(session as ServerHttp2Session)?.socket
  }

  /** Returns how many bytes of a session's output in the drain are acknowledgements, which are no part of a response. */
  acknowledgements(session: ServerHttp2Session): number {
    return this.#sessions.get(session)?.acknowledgements ?? 0
  }

  /** Starts the drain. @returns the streams that are open at that time */
  drain(): ServerHttp2Stream[] {
    this.#draining = true
    const sessions = [...this.#sessions.keys()]
    const streams = sessions.flatMap((session) => openStreams(session))
    this.#sendGoAways(sessions)
    return streams
  }

  detach(): void {
    this.#server.off('session', this.#onSession)
    for (const session of this.#sessions.keys()) session.off('close', this.#sessionClosed)
  }

  readonly #onSession = (session: ServerHttp2Session): void => {
    this.#announced = session
    this.#sessions.set(session, { opened: this.#runtime.now(), acknowledgements: 0 })
    session.once('close', this.#sessionClosed)
    // A connection from the backlog: its first request is on its way.
    if (this.#draining) this.#runtime.setTimeout(() => this.#end(session), UNUSED_LINGER)
  }

  #sendGoAways(sessions: ServerHttp2Session[]): void {
    this.#runtime.setImmediate(() => {
      for (const session of sessions.splice(0, BATCH)) this.#scheduleGoAway(session)
      if (sessions.length > 0) this.#sendGoAways(sessions)
    })
  }

  #scheduleGoAway(session: ServerHttp2Session): void {
    const age = this.#runtime.now() - (this.#sessions.get(session)?.opened ?? 0)
    const wait = openStreams(session).length === 0 && age < UNUSED_LINGER ? UNUSED_LINGER - age : 0
    if (wait === 0) this.#end(session)
    else this.#runtime.setTimeout(() => this.#end(session), wait)
  }

  /**
   * Sends GOAWAY. Node ends the socket after the last stream, but then waits without a limit for the client's FIN, so the closer
   * takes over.
   */
  #end(session: ServerHttp2Session): void {
    const known = this.#sessions.get(session)
    const socket = known?.socket
    const count = (): void => {
      if (known !== undefined) known.acknowledgements += ACKNOWLEDGEMENT
    }
    session.on('ping', count)
    session.on('remoteSettings', count)
    session.close()
    if (socket === undefined || socket.destroyed) return
    if (socket.writableFinished) this.#closer.close(socket)
    else socket.once('finish', () => this.#closer.close(socket))
  }
}
