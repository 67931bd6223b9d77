import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Opens connections and sends `data` on each, in batches. The clients read everything, send nothing more, and never close. */
export async function openHeld(port: number, count: number, data: string | Buffer): Promise<Socket[]> {
  const AT_ONCE = 200
  const sockets: Socket[] = []
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, () => openOne(port, data))
    // oxlint-disable-next-line no-await-in-loop -- more connections at once would exceed the backlog of the listener
    sockets.push(...(await Promise.all(batch)))
  }
  return sockets
}

async function openOne(port: number, data: string | Buffer): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  socket.resume()
  await once(socket, 'connect')
  if (data.length > 0) socket.write(data)
  return socket
}
