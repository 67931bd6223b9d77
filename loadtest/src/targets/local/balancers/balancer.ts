import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Random } from '../../../base/random.js'
import { resetAfterFlush } from '../../../base/wire/reset.js'
import { now, toEpoch } from '../../../base/clock.js'
import type { Endpoint, EndpointSubscriber } from './endpoints.js'

/** A connection that no pod accepted. kube-proxy would have shown the client a refusal; here the client sees a reset. */
export interface RefusedConnection {
  /** Epoch ms. */
  readonly at: number
  /** The balancer's base URL. */
  readonly through: string
  /** The client's port on 127.0.0.1, by which its connection is known. */
  readonly clientPort: number
  /** The pod that did not take it; undefined where the balancer knew of no endpoint. */
  readonly pod: string | undefined
  /** The system's error code, as `ECONNREFUSED`, where a connection to the pod was tried. */
  readonly code?: string | undefined
}

export interface Balancer extends EndpointSubscriber {
  /** Stops listening and destroys every connection. */
  close(): Promise<void>
}

/**
 * A layer 4 load balancer on a port of 127.0.0.1: each new connection goes to an endpoint chosen by chance, as kube-proxy
 * does in its iptables mode, and stays there until one side ends it. It adds nothing and hides nothing: bytes, FIN
 * and RST pass in both directions as they come.
 */
export async function createBalancer(
  random: Random,
  onRefused: (connection: RefusedConnection) => void = () => {},
): Promise<Balancer> {
  let endpoints: readonly Endpoint[] = []
  const sockets = new Set<Socket>()

  const track = (socket: Socket): void => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    track(client)
    const { remotePort: clientPort = 0 } = client
    const refuse = (pod: string | undefined, code?: string): void => {
      onRefused({ at: toEpoch(now()), through: url, clientPort, pod, code })
      // Not at once: a client in this process that has not heard yet that it is connected does not know its port, by which it is found.
      setImmediate(() => resetAfterFlush(client))
    }
    const endpoint = endpoints[random.whole(0, endpoints.length - 1)]
    if (endpoint === undefined) {
      client.on('error', ignore)
      refuse(undefined)
      return
    }
    const backend = connect({ host: '127.0.0.1', port: endpoint.port, allowHalfOpen: true, noDelay: true })
    track(backend)
    let connected = false
    backend.once('connect', () => {
      connected = true
    })
    backend.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (connected) resetAfterFlush(client)
      else refuse(endpoint.pod, code)
    })
    client.on('error', () => resetAfterFlush(backend))
    // `pipe` keeps backpressure and turns the end of one side (FIN) into `end` of the other after everything before it
    // is flushed; with allowHalfOpen the way back stays open.
    client.pipe(backend)
    backend.pipe(client)
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // A burst of connections must wait in the queue, not be dropped by a full one.
    server.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, resolve)
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    url,
    route(next) {
      endpoints = next
    },
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      })
    },
  }
}

const ignore = (): void => {}
