import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/**
 * Adds `ms` of one-way latency between clients and a port. Data and the end of a connection arrive that much later. Without latency, a
 * server on the same machine would hardly ever close a connection while a request is on its way.
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
  // Timers of equal length fire in the order in which they were set, so data stays in order.
  const later = (deliver: () => void) => void setTimeout(deliver, ms)
  from.on('data', (data) => later(() => to.write(data)))
  from.on('end', () => later(() => to.end()))
  from.on('error', () => later(() => to.resetAndDestroy()))
}
