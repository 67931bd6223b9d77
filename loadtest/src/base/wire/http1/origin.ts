import { connect as connectTcp, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** A base URL, in the form that a connection needs. */
export interface Origin {
  /** As the target named it. */
  readonly url: string
  readonly secure: boolean
  readonly hostname: string
  /** Where connections go: the address that the host resolved to, or else the host itself. */
  readonly address: string
  readonly port: number
  /** The value of the `Host` header. */
  readonly host: string
  /** Prefix of every path, without a trailing slash. */
  readonly basePath: string
}

/**
 * Parses a base URL.
 *
 * @param address where connections go. Default: the host of the URL.
 * @throws {TypeError} if it is not an absolute http or https URL
 */
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

/**
 * Opens a connection. It is ready for bytes at its event `connect`, or `secureConnect` with TLS.
 *
 * @param protocols the protocols to offer by ALPN
 */
export function openSocket(
  { secure, hostname, address, port }: Origin,
  protocols: readonly string[] = ['http/1.1'],
): Socket {
  // Otherwise Node would try the next address after a refusal or 250 ms, which is a retry.
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
