import cluster, { type Address } from 'node:cluster'
import type { AddressInfo, Server } from 'node:net'
import { isLoopback } from '../connections/node/address.js'
import type { Assembly, Preload } from '../process/handover.js'
import type { GracefulOptions } from '../types.js'
import { stopAccepting } from './cluster-worker.js'
import type { Exposure, Handle, ListenEvents } from './listen.js'

/** The part of the library that a cluster's primary uses. */
type Supervisor = Pick<Assembly, 'graceful' | 'startOtherCode'>

/** The part of the library that loads when the first server listens. */
export interface AttachmentModule {
  /** Returns the options in the environment. Throws a TypeError for an invalid variable. */
  readonly readOptions: (env: NodeJS.ProcessEnv) => GracefulOptions
  readonly attachLibrary: (options: GracefulOptions) => OwnAttachment
  /** Adds the workers of the cluster to the shutdown. Returns a function that takes them out again. */
  readonly superviseWorkers: (assembly: Supervisor, handles: ReadonlySet<Handle>) => () => void
  readonly logHandOver: () => void
}

/** The library that the preload has attached itself. */
export interface OwnAttachment extends Assembly {
  /** A server of this process or of a worker listens. */
  listens(exposure: Exposure, port: number | undefined): void
  detach(): void
}

/** Loads the module, in this turn where Node can. */
export type Load = (use: (loaded: AttachmentModule) => void) => void

/**
 * Attaches the library to the servers of the process: its own, until the program calls `createGraceful`; then that of the program.
 */
export class Registrar implements ListenEvents, Preload {
  readonly #load: Load
  readonly #servers = new Set<Server>()
  /** Servers that the program has passed to `createGraceful`. */
  readonly #claimed = new WeakSet<Server>()
  /** The sockets on which a primary listens for its workers. */
  readonly #handles = new Set<Handle>()
  #options: GracefulOptions | undefined
  #own: OwnAttachment | undefined
  #code: Assembly | undefined
  #released = false
  #stopSupervision: (() => void) | undefined

  constructor(load: Load) {
    this.#load = load
    if (cluster.isPrimary) cluster.on('listening', (_, address) => this.#onWorkerListening(address))
  }

  beforeListen(): void {
    if (this.#released || this.#options !== undefined) return
    this.#load(({ readOptions }) => {
      this.#options ??= readOptions(process.env)
    })
  }

  onListening(server: Server, exposure: Exposure): void {
    if (!this.#servers.has(server)) {
      this.#servers.add(server)
      server.once('close', () => this.#servers.delete(server))
    }
    if (this.#released) {
      if (!this.#claimed.has(server)) this.#code?.attach(server)
      return
    }
    this.#withOwn((own) => {
      own.attach(server)
      own.listens(exposure, (server.address() as AddressInfo | null)?.port)
    })
  }

  onListeningForWorkers(handle: Handle): void {
    this.#handles.add(handle)
  }

  async stopAccepting(accepted: () => number, limit: number): Promise<void> {
    await stopAccepting(accepted, limit)
  }

  release(servers: readonly Server[]): void {
    for (const server of servers) {
      this.#claimed.add(server)
      this.#code?.forget(server)
    }
    if (this.#released) return
    this.#released = true
    this.#own?.detach()
    this.#stopSupervision?.()
    this.#stopSupervision = undefined
  }

  handOver(assembly: Assembly): void {
    if (this.#code !== undefined) return
    this.#code = assembly
    for (const server of this.#servers) if (!this.#claimed.has(server)) assembly.attach(server)
    if (this.#hasWorkers) this.#supervise(assembly)
    this.#load(({ logHandOver }) => logHandOver())
  }

  get #hasWorkers(): boolean {
    return cluster.isPrimary && Object.keys(cluster.workers ?? {}).length > 0
  }

  #onWorkerListening({ address, port }: Address): void {
    if (this.#code !== undefined) this.#supervise(this.#code)
    if (this.#released) return
    this.#withOwn((own) => {
      this.#supervise(own)
      // Without an address, the server listens on all of them.
      own.listens(isLoopback(address ?? '') ? 'loopback' : 'public', port)
    })
  }

  #supervise(assembly: Supervisor): void {
    if (this.#stopSupervision !== undefined) return
    this.#stopSupervision = () => {}
    this.#load(({ superviseWorkers }) => {
      this.#stopSupervision = superviseWorkers(assembly, this.#handles)
    })
  }

  #withOwn(use: (own: OwnAttachment) => void): void {
    this.#load(({ readOptions, attachLibrary }) => {
      // The program can have called `createGraceful` while the module was loading.
      if (this.#released) return
      this.#options ??= readOptions(process.env)
      this.#own ??= attachLibrary(this.#options)
      use(this.#own)
    })
  }
}
