import { connect as connectTcp, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** Where requests go: a base URL in the form that a connection needs it. */
export interface Origin {
  /** As the target gave it. */
  readonly url: string
  readonly secure: boolean
  readonly hostname: string
  readonly port: number
  /** What the `Host` header carries. */
  readonly host: string
  /** Put before every path; without a slash at its end. */
  readonly basePath: string
}

/** @throws {TypeError} when it is not an absolute http or https URL. */
export function parseOrigin(url: string): Origin {
  const { protocol, hostname, port, host, pathname } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') throw new TypeError(`${url} is not an http or https URL`)
  const secure = protocol === 'https:'
  return {
    url,
    secure,
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    host,
    basePath: pathname.replace(/\/$/, ''),
  }
}

/** Opens a connection. The event that says it is ready for bytes is `connect`, or `secureConnect` under TLS. */
export function openSocket({ secure, hostname, port }: Origin, protocols: readonly string[] = ['http/1.1']): Socket {
  const socket = secure
    ? connectTls({
        host: hostname,
        port,
        ALPNProtocols: [...protocols],
        ...(isIP(hostname) ? {} : { servername: hostname }),
      })
    : connectTcp({ host: hostname, port })
  socket.setNoDelay(true)
  return socket
}
