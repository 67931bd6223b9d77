import type { Server } from 'node:net'
import type { Graceful } from '../types.js'

/** The library in a process, to which servers can be added. */
export interface Assembly {
  readonly graceful: Graceful
  /**
   * Adds a server that appeared later: before the drain it is served and drained as the others, after that its listener closes at
   * once. The server does not hold readiness. The library forgets it when it closes.
   */
  readonly attach: (server: Server) => void
  /** Forgets a server that was added with `attach`. During a shutdown it does nothing. */
  readonly forget: (server: Server) => void
  /** Calls the signal listeners of other code while the drain continues. */
  readonly startOtherCode: () => void
}

/** The preload, as `createGraceful` uses it. A call of `createGraceful` in the program replaces what the preload has attached. */
export interface Preload {
  /** Detaches the preload's own library, whose admin port is then free. Servers in `servers` are never added to another library. */
  release(servers: readonly Server[]): void
  /**
   * In a worker of a cluster, the primary accepts the connections. Resolves when the primary accepts none any more, and has handed over those
   * that it has accepted.
   *
   * @param accepted returns how many connections the server has accepted
   * @param limit time left in the budget, in ms
   */
  stopAccepting(accepted: () => number, limit: number): Promise<void>
  /** Adds all other servers of the process to `assembly`, now and later. The first call decides. */
  handOver(assembly: Assembly): void
}

/** The program and the preload can have a copy of the package each, so they find each other through the global registry of symbols. */
const PRELOAD = Symbol.for('@cloud-communal/graceful/register')
const ADMIN = Symbol.for('@cloud-communal/graceful/admin')

type Marked = Record<symbol, unknown>

/** Returns the preload of this process; undefined without one. */
export const preload = (): Preload | undefined => (globalThis as Marked)[PRELOAD] as Preload | undefined

export function installPreload(installed: Preload): void {
  Object.defineProperty(globalThis, PRELOAD, { value: installed })
}

/** Marks a server as an admin listener, to which the preload must not attach the library. */
export function markAsAdmin(server: Server): void {
  Object.defineProperty(server, ADMIN, { value: true })
}

export const isAdmin = (server: Server): boolean => ADMIN in server
