import dns from 'node:dns'
import { connect, isIP } from 'node:net'
import { promisify } from 'node:util'
import type { Origin } from './origin.js'

/** The address to connect to, for each base URL. */
export type Addresses = ReadonlyMap<string, string>

/**
 * Finds the first address of a host that accepts connections, in the order of the resolver. `localhost` often resolves to ::1 first,
 * while a server listens only on 127.0.0.1.
 *
 * Trying the next address is a retry, and the resolver may fail on its own, so both happen only once, before the load.
 *
 * @throws the system's error, of the resolver or of the first address
 */
export async function findAddress({ hostname, port }: Origin, connectMs: number, signal: AbortSignal): Promise<string> {
  if (isIP(hostname)) return hostname
  const found = await promisify(dns.lookup)(hostname, { all: true })
  let first: Error | undefined
  for (const { address } of found) {
    // oxlint-disable-next-line no-await-in-loop -- in order, so that the first one is taken
    const error = await whyNot(address, port, connectMs, signal)
    if (!error) return address
    first ??= error
  }
  throw first ?? Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' })
}

/** Tries an address. Resolves with the error; with undefined if it accepts connections. */
function whyNot(host: string, port: number, connectMs: number, signal: AbortSignal): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const end = AbortSignal.any([signal, AbortSignal.timeout(connectMs)])
    const socket = connect({ host, port, signal: end })
    socket.once('connect', () => {
      socket.destroy()
      resolve(undefined)
    })
    socket.on('error', (error) => {
      const late = Object.assign(new Error(`no connection within ${connectMs} ms`), { code: 'ETIMEDOUT' })
      resolve(end.aborted ? late : error)
    })
  })
}
