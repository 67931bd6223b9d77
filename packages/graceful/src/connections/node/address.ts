import type { Server } from 'node:net'

export const isLoopback = (address: string): boolean => address === '::1' || /^(?:::ffff:)?127\./u.test(address)

/** Returns whether a server listens where only clients on this host reach it: on the loopback, or on a Unix socket. */
export function isInternal(server: Server): boolean {
  const address = server.address()
  if (address === null) return false
  return typeof address === 'string' || isLoopback(address.address)
}
