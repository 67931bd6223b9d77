import { connect as connectTcp, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** Where requests go: a base URL in the form that a connection needs it. */
export interface Origin {
  /** As the target gave it. */
  readonly url: string
  readonly secure: boolean
  readonly hostname: string
  /** Where connections go: an address that the host was found to have, or else the host itself. */
  readonly address: string
  readonly port: number
  /** What the `Host` header carries. */
  readonly host: string
  /** Put before every path; without a slash at its end. */
  readonly basePath: string
}

/** @throws {TypeError} when it is not an absolute http or https URL. */
export function parseOrigin(url: string, address?: string): Origin {
  const { protocol, port, host, pathname, hostname: name } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') throw new TypeError(`${url} is not an http or https URL`)
  const secure = protocol === 'https:'
  const hostname = name.replace(/^\[(.*)\]$/, '$1')
  return {
    url,
    secure,
    hostname,
    address: address ?? hostname,
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    host,
    basePath: pathname.replace(/\/$/, ''),
  }
}

/** Opens a connection. The event that says it is ready for bytes is `connect`, or `secureConnect` under TLS. */
export function openSocket(
  { secure, hostname, address, port }: Origin,
  protocols: readonly string[] = ['http/1.1'],
): Socket {
  // Node would try the next address after a refusal or 250 ms: that is a retry.
  const where = { host: address, port, autoSelectFamily: false }
  const socket = secure
    ? connectTls({
        ...where,
        ALPNProtocols: [...protocols],
        ...(isIP(hostname) ? {} : { servername: hostname }),
      })
    : connectTcp(where)
  socket.setNoDelay(true)
  return socket
}
