import { createServer, type AddressInfo, type Socket } from 'node:net'
import type { Random } from '../../../base/random.js'
import { resetAfterFlush } from '../../../base/wire/reset.js'
import { now, toEpoch } from '../../../base/clock.js'
import type { RefusedConnection, RoutedConnection } from '../../target.js'
import type { Endpoint, EndpointSubscriber } from './endpoints.js'
import { createOutgoing } from './outgoing.js'

export interface BalancerOptions {
  /** The address that the connections to the pods come from, as kube-proxy masquerades NodePort traffic. */
  readonly address: string
  /** Whether the pods speak HTTPS, so that the URL begins with https. */
  readonly https?: boolean
  readonly onRefused?: ((connection: RefusedConnection) => void) | undefined
  /** Called before the balancer connects to the pod. */
  readonly onRouted?: ((connection: RoutedConnection) => void) | undefined
}

export interface Balancer extends EndpointSubscriber {
  /** Stops listening and destroys every connection. */
  close(): Promise<void>
}

/**
 * Opens a layer 4 load balancer on a port of 127.0.0.1. It sends each new connection to a random endpoint, as kube-proxy does in
 * iptables mode, until one side ends the connection. Bytes, FIN and RST pass unchanged in both directions.
 *
 */
export async function createBalancer(
  random: Random,
  { address, https = false, onRefused = ignore, onRouted = ignore }: BalancerOptions,
): Promise<Balancer> {
  let endpoints: readonly Endpoint[] = []
  const sockets = new Set<Socket>()
  const connectToPod = createOutgoing(address)

  const track = (socket: Socket): void => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  }

  const pass = async (client: Socket): Promise<void> => {
    track(client)
    client.on('error', ignore)
    const { remotePort: clientPort = 0 } = client
    const refuse = (pod: string | undefined, code?: string): void => {
      onRefused({ at: toEpoch(now()), through: url, clientPort, pod, code })
      // A client in this process knows its port only after its `connect` event, and the report finds the connection by that port.
      setImmediate(() => resetAfterFlush(client))
    }
    const endpoint = endpoints[random.whole(0, endpoints.length - 1)]
    if (endpoint === undefined) {
      refuse(undefined)
      return
    }
    onRouted({ through: url, clientPort, pod: endpoint.pod })
    try {
      const backend = await connectToPod(endpoint.port)
      track(backend)
      // The balancer was closed in the meantime.
      if (client.destroyed) backend.destroy()
      else join(client, backend)
    } catch (error) {
      refuse(endpoint.pod, (error as NodeJS.ErrnoException).code)
    }
  }
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => void pass(client))

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // A burst of connections must not overflow the accept queue.
    server.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, resolve)
  })
  const url = `${https ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`

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

/**
 * Passes on everything between two sockets. `pipe` keeps backpressure, and ends the other side (FIN) after all data is flushed. With
 * allowHalfOpen the opposite direction stays open.
 */
function join(client: Socket, backend: Socket): void {
  client.on('error', () => resetAfterFlush(backend))
  backend.on('error', () => resetAfterFlush(client))
  client.pipe(backend)
  backend.pipe(client)
}

const ignore = (): void => {}
