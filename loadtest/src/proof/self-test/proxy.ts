import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import type { Outcome } from '../../base/attempt.js'
import type { Fault } from './faults/fault.js'

/** Stands between clients of one class and a server, and spoils some of the answers. */
export interface Proxy {
  readonly url: string
  /** What each spoiled request has to be called, by its id. */
  readonly planted: ReadonlyMap<string, Outcome>
  /** How often the fault was met, without what was pipelined behind. */
  readonly hits: number
  close(): void
}

/** Every how many requests meet the fault: often, and never twice in a row on a connection. */
const EVERY = 2

/**
 * Passes bytes on in both directions, and has every second request meet `fault`: those pipelined behind it in the same
 * segment share its lot.
 *
 * @param fault undefined: nothing is spoiled
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
  /** Whether this request meets the fault; what is not the start of a request does not. */
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
    // What a fault holds back is still to come.
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
