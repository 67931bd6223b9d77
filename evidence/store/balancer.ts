import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

/** A balancer of TCP connections on this machine: each goes to the next of the endpoints that it knows of. */
export interface Balancer {
  readonly url: string
  readonly add: (port: number) => void
  readonly remove: (port: number) => void
  readonly close: () => void
}

/** Connections that exist stay where they are when their endpoint is removed, as with kube-proxy. */
export const createBalancer = async (): Promise<Balancer> => {
  let endpoints: number[] = []
  let turn = 0
  const server = createServer({ allowHalfOpen: true }, (client) => {
    turn += 1
    const upstream = connect({ port: endpoints[turn % endpoints.length] ?? 0, host: '127.0.0.1', allowHalfOpen: true })
    // What happens to one side happens to the other: a reset is not to look like an end.
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
