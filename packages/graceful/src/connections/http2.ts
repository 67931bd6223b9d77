import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import type { Server, Socket } from 'node:net'
import type { Environment } from '../environment.js'
import { openStreams } from './node-internals.js'

/** How long a session on which no stream was ever opened may still open one once the drain has begun, in ms. */
const SILENT_LINGER = 500
/** Sessions that are told to end in one turn. */
const BATCH = 64

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
  readonly #environment: Environment
  readonly #server: Server
  readonly #sessions = new Map<ServerHttp2Session, { readonly opened: number }>()
  readonly #sockets = new WeakMap<Socket, ServerHttp2Session>()
  /** Node announces a session while it announces the session's connection: the next socket is this one's. */
  #announced: ServerHttp2Session | undefined
  #draining = false

  constructor(server: Server, environment: Environment) {
    this.#server = server
    this.#environment = environment
    server.on('session', this.#session)
  }

  /** Told of each socket as it opens. */
  opened(socket: Socket): void {
    if (this.#announced === undefined) return
    this.#sockets.set(socket, this.#announced)
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
  }

  readonly #session = (session: ServerHttp2Session): void => {
    this.#announced = session
    this.#sessions.set(session, { opened: this.#environment.now() })
    session.once('close', () => this.#sessions.delete(session))
    // One that came out of the backlog: its first request is on the way.
    if (this.#draining) this.#environment.setTimeout(() => session.close(), SILENT_LINGER)
  }

  #goAway(sessions: ServerHttp2Session[]): void {
    this.#environment.setImmediate(() => {
      for (const session of sessions.splice(0, BATCH)) this.#close(session)
      if (sessions.length > 0) this.#goAway(sessions)
    })
  }

  #close(session: ServerHttp2Session): void {
    const age = this.#environment.now() - (this.#sessions.get(session)?.opened ?? 0)
    const wait = openStreams(session).length === 0 && age < SILENT_LINGER ? SILENT_LINGER - age : 0
    if (wait === 0) session.close()
    else this.#environment.setTimeout(() => session.close(), wait)
  }
}
