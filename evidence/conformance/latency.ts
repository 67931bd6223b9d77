import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/**
 * Puts a network of `ms` one way between clients and a port: what either side writes, and that it closes, reaches the other so much
 * later. On one machine it would arrive at once, and a connection would hardly ever be closed under a request that is on its way.
 */
export async function farAway(
  port: number,
  ms: number,
): Promise<{ readonly port: number; readonly close: () => void }> {
  const sockets = new Set<Socket>()
  const server: Server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    forward(near, far, ms)
    forward(far, near, ms)
    for (const socket of [near, far]) sockets.add(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return { port: (server.address() as AddressInfo).port, close }
}

function forward(from: Socket, to: Socket, ms: number): void {
  // A constant delay: timers of one length fire in the order in which they were set.
  const later = (deliver: () => void) => void setTimeout(deliver, ms)
  from.on('data', (data) => later(() => to.write(data)))
  from.on('end', () => later(() => to.end()))
  from.on('error', () => later(() => to.resetAndDestroy()))
}
