import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import type { Outcome } from '../../base/attempt.js'
import type { Fault } from './faults/fault.js'

/** A proxy between the clients of one class and a server that plants faults in some of the answers. */
export interface Proxy {
  readonly url: string
  /** The outcome that each request with a fault must get, by request id. */
  readonly planted: ReadonlyMap<string, Outcome>
  /** How many requests met the fault, not counting those pipelined after them. */
  readonly hits: number
  close(): void
}

/** Every second request meets the fault: often, but never twice in a row on a connection. */
const EVERY = 2

/**
 * Starts a proxy that passes bytes in both directions and makes every second request meet `fault`. Requests that are pipelined in the
 * same segment meet it too.
 *
 * @param fault undefined: every response passes
 */
export async function startProxy(serverPort: number, idHeader: string, fault: Fault | undefined): Promise<Proxy> {
  const planted = new Map<string, Outcome>()
  const sockets = new Set<Socket>()
  const ids = new RegExp(`^${idHeader}: (\\S+)`, 'gim')
  let seen = 0
  let hits = 0

  const track = (socket: Socket): Socket => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => sockets.delete(socket))
    return socket
  }
  /** Returns whether these bytes start a request that meets the fault. */
  const plant = (own: Fault, bytes: Buffer): boolean => {
    const [first, ...behind] = [...bytes.toString('latin1').matchAll(ids)].map((match) => match[1] ?? '')
    if (first === undefined) return false
    seen += 1
    if (seen % EVERY !== 0) return false
    hits += 1
    planted.set(first, own.expected)
    for (const id of behind) planted.set(id, own.behind)
    return true
  }

  const listener = createServer({ noDelay: true }, (client) => {
    track(client)
    const server = track(connect({ port: serverPort, host: '127.0.0.1', noDelay: true }))
    /** Undefined: bytes pass. */
    let spoil: ((bytes: Buffer) => void) | undefined
    const release = (): void => void (spoil = undefined)
    client.on('data', (bytes) => {
      if (fault && !spoil && plant(fault, bytes)) spoil = fault.spoil({ client, server, release })
      server.write(bytes)
    })
    server.on('data', (bytes) => {
      if (spoil) spoil(bytes)
      else client.write(bytes)
    })
    client.once('end', () => server.end())
    client.once('close', () => server.destroy())
    // The fault may still hold bytes back.
    server.once('end', () => spoil ?? client.end())
    server.once('close', () => spoil ?? client.destroySoon())
  })
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    planted,
    get hits() {
      return hits
    },
    close: () => {
      listener.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
