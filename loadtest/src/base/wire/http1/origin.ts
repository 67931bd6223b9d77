import { connect as connectTcp } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls, createSecureContext } from 'node:tls'
import type { SecureContext } from 'node:tls'
import { PLAIN, tlsOptions, valueOf } from '../access.js'
import type { Access, Header, TlsOptions } from '../access.js'

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
  /** The user's headers of every request, apart from `Host`. */
  readonly headers: readonly Header[]
  readonly tls: TlsOptions
  /** Made once, because parsing certificates takes longer than a request. */
  readonly secureContext: SecureContext | undefined
}

export interface OriginOptions {
  /** Where connections go. Default: the host of the URL. */
  readonly address?: string | undefined
  /** Default: no headers, and the defaults of TLS. */
  readonly access?: Access | undefined
}

/**
 * Parses a base URL.
 *
 * @throws {TypeError} if it is not an absolute http or https URL
 */
export function parseOrigin(url: string, { address, access = PLAIN }: OriginOptions = {}): Origin {
  const { protocol, port, host, pathname, hostname: name } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') throw new TypeError(`${url} is not an http or https URL`)
  const secure = protocol === 'https:'
  const hostname = name.replace(/^\[(.*)\]$/, '$1')
  const tls = tlsOptions(access.tls, hostname)
  return {
    url,
    secure,
    hostname,
    address: address ?? hostname,
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    host: valueOf(access.headers, 'host') ?? host,
    basePath: pathname.replace(/\/$/, ''),
    headers: access.headers.filter(([each]) => each.toLowerCase() !== 'host'),
    tls,
    secureContext: secure ? createSecureContext(tls) : undefined,
  }
}

/**
 * Opens a connection. It is ready for bytes at its event `connect`, or `secureConnect` with TLS.
 *
 * @param protocols the protocols to offer by ALPN
 */
export function openSocket(
  { secure, address, port, tls: { rejectUnauthorized, servername }, secureContext }: Origin,
  protocols: readonly string[] = ['http/1.1'],
): Socket {
  // Otherwise Node would try the next address after a refusal or 250 ms, which is a retry.
  const where = { host: address, port, autoSelectFamily: false }
  const socket = secure
    ? connectTls({
        ...where,
        ALPNProtocols: [...protocols],
        ...(secureContext === undefined ? {} : { secureContext }),
        ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
        ...(servername === undefined ? {} : { servername }),
      })
    : connectTcp(where)
  socket.setNoDelay(true)
  return socket
}
