import type { Socket } from 'node:net'
import type { Lifecycle } from '../lifecycle.js'
import type { Runtime } from '../process/runtime.js'
import { Sources } from '../propagation/sources.js'
import type { AdaptiveDelay } from '../types.js'

/**
 * Counts the requests and connections after the signal. For an adaptive delay it also measures the rates before the signal. The
 * kubelet's probes are not counted as new connections: see {@link Sources}.
 */
export class Arrivals {
  readonly sources: Sources = new Sources()
  requests = 0
  connections = 0
  readonly #runtime: Runtime
  readonly #lifecycle: Lifecycle
  readonly #adaptive: boolean
  /** For each connection after the signal, until its first request shows that it is not a probe: removes its record. */
  readonly #unproven = new WeakMap<Socket, () => void>()
  #last: number | undefined

  constructor(runtime: Runtime, lifecycle: Lifecycle, delay: Record<keyof AdaptiveDelay, number>) {
    this.#runtime = runtime
    this.#lifecycle = lifecycle
    this.#adaptive = delay.min < delay.max
  }

  /** Time of the last new connection that was not a probe, on the runtime's clock. */
  get last(): number | undefined {
    return this.#last
  }

  /** Time from the signal to the last new connection, in ms. */
  get lastMs(): number | undefined {
    return this.#last === undefined ? undefined : Math.round(this.#last - (this.#lifecycle.enteredAt('lameDuck') ?? 0))
  }

  /** Records a new connection. */
  connectionOpened(socket: Socket): void {
    const retract = this.#record(socket)
    if (!this.#lifecycle.shuttingDown) return
    this.#unproven.set(socket, retract)
    // A tcpSocket probe connects and closes without sending data.
    socket.once('close', () => {
      if (socket.bytesRead === 0) retract()
    })
  }

  /** Continues the record of a raw socket with its TLS socket, which receives the requests. */
  connectionSecured(raw: Socket, socket: Socket): void {
    const retract = this.#unproven.get(raw)
    if (retract !== undefined) this.#unproven.set(socket, retract)
  }

  /** Records a request. If it is a probe, removes the record of its connection. The socket is undefined for HTTP/2. */
  requestArrived(socket: Socket | undefined, userAgent: string | undefined): void {
    this.requests += 1
    this.probeArrived(socket, userAgent)
  }

  /** Does the same for a request that the library answers itself. */
  probeArrived(socket: Socket | undefined, userAgent: string | undefined): void {
    if (socket === undefined) return
    if (isProbe(userAgent)) this.#unproven.get(socket)?.()
    this.#unproven.delete(socket)
  }

  /** Records a connection, and returns a function that removes the record. */
  #record(socket: Socket): () => void {
    const after = this.#lifecycle.shuttingDown
    if (!after && !this.#adaptive) return noop
    const now = this.#runtime.now()
    const retractRate = this.#adaptive ? this.sources.record(socket.remoteAddress ?? '', now) : noop
    if (!after) return retractRate
    const before = this.#last
    this.connections += 1
    this.#last = now
    return () => {
      retractRate()
      if (this.#last === now) this.#last = before
    }
  }
}

const isProbe = (userAgent: string | undefined): boolean => userAgent?.startsWith('kube-probe/') ?? false

const noop = (): void => {}
