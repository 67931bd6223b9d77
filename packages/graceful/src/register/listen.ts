import cluster from 'node:cluster'
import { Server } from 'node:net'
import { isLoopback } from '../connections/node/address.js'
import { isAdmin } from '../process/handover.js'

export interface ListenEvents {
  /** An HTTP server is about to listen. An error that this throws is thrown by `listen`. */
  beforeListen(): void
  onListening(server: Server, exposure: Exposure): void
  /** The primary of a cluster listens for its workers. */
  onListeningForWorkers(handle: Handle): void
}

/** Node's handle of a listening socket. */
export interface Handle {
  onconnection: (...args: unknown[]) => void
  listen?(backlog: number): number
  close(): void
}

/**
 * The clients that can reach a server. `public`: clients on other hosts. `loopback`: clients on this host. `unknown`: clients that learn its port or
 * path from the program, because the system chose the port, or there is none.
 */
export type Exposure = 'public' | 'loopback' | 'unknown'

/**
 * Reports each HTTP server of the process that starts to listen. `net.Server.prototype.listen` is the one method that servers of `http`,
 * `https` and `http2` share, however a program has imported or bundled these modules. A program without such a server runs the
 * original method.
 */
export function watchListen(events: ListenEvents): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with its server below
  const original = Server.prototype.listen
  /** Servers that have been called to listen, each with whether it asked for a port that the system chooses. */
  const called = new WeakMap<Server, boolean>()
  function listen(this: Server, ...args: unknown[]): Server {
    if (isHttp(this) && !this.listening) {
      events.beforeListen()
      const known = called.has(this)
      called.set(this, asksForAnyPort(args))
      // A failed attempt leaves its listener for the next one.
      if (!known) {
        this.prependOnceListener('listening', () => {
          const anyPort = called.get(this)!
          called.delete(this)
          events.onListening(this, anyPort ? 'unknown' : exposureOf(this))
        })
      }
    }
    if (cluster.isPrimary && mayBeForWorkers(this)) {
      const owner = this as unknown as { readonly _handle: Handle | null }
      this.prependOnceListener('listening', () => {
        const { _handle: handle } = owner
        // The cluster takes the handle from the server at the same event.
        queueMicrotask(() => {
          if (handle !== null && owner._handle === null) events.onListeningForWorkers(handle)
        })
      })
    }
    return Reflect.apply(original, this, args) as Server
  }
  Server.prototype.listen = listen as typeof original
}

/** Servers of `http` and `https` have the first property, those of `http2` the second. The modules need not be loaded for that. */
const isHttp = (server: Server): boolean =>
  ('keepAliveTimeout' in server || 'updateSettings' in server) && !isAdmin(server)

/** `node:cluster` creates such a server with the listener `assert.fail`, which never runs, because it takes the connections from the handle. */
const mayBeForWorkers = (server: Server): boolean => server.listeners('connection').some(({ name }) => name === 'fail')

/** Returns whether the arguments of `listen` leave the port to the system. A path, a handle or a descriptor has no port to choose. */
function asksForAnyPort([first]: readonly unknown[]): boolean {
  if (typeof first === 'function' || first === undefined || first === null) return true
  if (typeof first !== 'object') return Number(first) === 0
  const options = first as { port?: unknown; path?: unknown; fd?: unknown; handle?: unknown; _handle?: unknown }
  if (options.path !== undefined || options.fd !== undefined || options.handle || options._handle) return false
  return Number(options.port ?? 0) === 0
}

function exposureOf(server: Server): Exposure {
  const address = server.address()
  if (address === null || typeof address === 'string') return 'unknown'
  return isLoopback(address.address) ? 'loopback' : 'public'
}
