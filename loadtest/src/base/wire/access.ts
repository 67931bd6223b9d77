import { isIP } from 'node:net'

/** A header of a request: its name as the user wrote it, and its value. */
export type Header = readonly [name: string, value: string]

/** How clients reach a service beside its URLs. It is plain data, which can be sent to another process. */
export interface Access {
  /** The headers of every request, each name once. A value can be a secret. `Host` replaces the host of the URL. */
  readonly headers: readonly Header[]
  readonly tls: TlsAccess
}

/** The TLS settings for https URLs. Certificates and keys are PEM texts. */
export interface TlsAccess {
  /** The certificate authorities to trust. Default: those that Node trusts. */
  readonly ca?: string
  /** The certificate of the client and its key. */
  readonly cert?: string
  readonly key?: string
  /** Accepts every certificate of the server. */
  readonly insecure?: boolean
  /** The name to ask for (SNI), which the certificate must be for. Default: the host of the URL. */
  readonly serverName?: string
}

/** No headers, and the defaults of TLS. */
export const PLAIN: Access = { headers: [], tls: {} }

/** The options of `node:tls` and `node:https` for a connection. */
export interface TlsOptions {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly rejectUnauthorized?: false
  readonly servername?: string
}

/**
 * Returns the options of a TLS connection.
 *
 * @param hostname the host of the URL. An IP address is not sent as a server name (RFC 6066 §3).
 */
export function tlsOptions({ ca, cert, key, insecure, serverName }: TlsAccess, hostname: string): TlsOptions {
  const name = serverName ?? (isIP(hostname) ? undefined : hostname)
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(insecure === true ? { rejectUnauthorized: false as const } : {}),
    ...(name === undefined ? {} : { servername: name }),
  }
}

/** Returns headers in which later ones replace earlier ones of the same name. */
export function merged(...lists: readonly (readonly Header[])[]): readonly Header[] {
  const found = new Map<string, Header>()
  for (const header of lists.flat()) found.set(header[0].toLowerCase(), header)
  return [...found.values()]
}

/** Returns headers as an object, with their names in lower case. */
export const namesInLowerCase = (headers: readonly Header[]): Record<string, string> =>
  Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]))

/** Returns the value of a header. The name is in lower case. */
export const valueOf = (headers: readonly Header[], name: string): string | undefined =>
  headers.find(([each]) => each.toLowerCase() === name)?.[1]
