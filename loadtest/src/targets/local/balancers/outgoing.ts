import { connect, type Socket } from 'node:net'

const LOOPBACK = '127.0.0.1'
/** The ports of outgoing connections on Linux. Pods listen below them. */
const FIRST = 32_768
const COUNT = 28_232
/** A port may belong to a listener of another program, or to an open connection to the same pod. */
const ATTEMPTS = 20
const PORT_TAKEN = new Set(['EADDRINUSE', 'EADDRNOTAVAIL'])

/**
 * Creates a function that opens a connection to a port of 127.0.0.1 from `address`, with half-open sockets. It rejects with the system
 * error of the last attempt.
 *
 * The function chooses the local ports in turn. If the kernel chose them, it would choose before it knows the destination, and would
 * leave out every port with a connection in TIME_WAIT. At some 100 connections a second that the client closes first, the search would
 * block this process for milliseconds per connection. From 127.0.0.1 the kernel chooses: without an explicit address, it knows the
 * destination first.
 */
export function createOutgoing(address: string): (port: number) => Promise<Socket> {
  let next = Math.floor(Math.random() * COUNT)
  const local = (): { localAddress?: string; localPort?: number } => {
    if (address === LOOPBACK) return {}
    next = (next + 1) % COUNT
    return { localAddress: address, localPort: FIRST + next }
  }
  const open = (port: number, attemptsLeft: number): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: LOOPBACK, port, allowHalfOpen: true, noDelay: true, ...local() })
      const fail = (error: NodeJS.ErrnoException): void => {
        if (attemptsLeft > 0 && PORT_TAKEN.has(error.code ?? '')) resolve(open(port, attemptsLeft - 1))
        else reject(error)
      }
      socket.once('error', fail)
      socket.once('connect', () => {
        socket.off('error', fail)
        resolve(socket)
      })
    })
  return (port) => open(port, address === LOOPBACK ? 0 : ATTEMPTS - 1)
}
