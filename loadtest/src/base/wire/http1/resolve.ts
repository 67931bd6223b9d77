import dns from 'node:dns'
import { connect, isIP } from 'node:net'
import { promisify } from 'node:util'
import type { Origin } from './origin.js'

/** The address that connections of a base URL go to, by that URL. */
export type Addresses = ReadonlyMap<string, string>

/**
 * The first of a host's addresses at which somebody listens, in the resolver's order: `localhost` is often ::1, too, where a
 * server listens on 127.0.0.1 alone. To go from one to the next is a retry, and to ask the resolver again may fail by its own
 * fault, so that both are done once, before the load.
 *
 * @throws the system's error, of the resolver or of the first address.
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

/** The error of a connection that did not come about. */
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
