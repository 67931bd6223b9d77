import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

/** A TCP balancer on this machine. Each new connection goes to the next endpoint. */
export interface Balancer {
  readonly url: string
  readonly add: (port: number) => void
  readonly remove: (port: number) => void
  readonly close: () => void
}

/** Creates a balancer. As with kube-proxy, removing an endpoint leaves its open connections alone. */
export const createBalancer = async (): Promise<Balancer> => {
  let endpoints: number[] = []
  let turn = 0
  const server = createServer({ allowHalfOpen: true }, (client) => {
    turn += 1
    const upstream = connect({ port: endpoints[turn % endpoints.length] ?? 0, host: '127.0.0.1', allowHalfOpen: true })
    // Passes a reset on as a reset, so that it does not look like a FIN.
    client.on('error', () => upstream.resetAndDestroy())
    upstream.on('error', () => client.resetAndDestroy())
    client.pipe(upstream).pipe(client)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (port) => endpoints.push(port),
    remove: (port) => {
      endpoints = endpoints.filter((endpoint) => endpoint !== port)
    },
    close: () => void server.close(),
  }
}
