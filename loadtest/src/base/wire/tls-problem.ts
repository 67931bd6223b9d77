/** The parts of a failure that say why a TLS handshake failed. */
export interface TlsFailure {
  readonly code?: string | undefined
  readonly message: string
}

const CERTIFICATE =
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT|INVALID_|HOSTNAME_MISMATCH|ERR_SSL_.*CERTIFICATE)|SELF_SIGNED/u

/**
 * Explains a handshake that failed for a reason which trying again does not change, and says what to do about it.
 *
 * @returns undefined for every other error.
 * @example 'its certificate has expired (CERT_HAS_EXPIRED): renew it, or accept every certificate with --insecure'
 */
export function explainTls({ code = '', message }: TlsFailure): string | undefined {
  if (!isTls(code)) return undefined
  if (/wrong version number|packet length too long|http request/iu.test(message)) {
    return 'it does not speak TLS: write http:// instead of https://, or name its TLS port'
  }
  if (/certificate.required|handshake.failure|bad.certificate|unknown.ca/iu.test(`${code} ${message}`)) {
    return `it refuses this client in the TLS handshake (${reasonOf(message)}): give the client a certificate with --cert and --key`
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const when = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet'
    return `its certificate ${when} (${code}): renew it, or accept every certificate with --insecure`
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const [, problem = message] = /altnames: (.*)/u.exec(message) ?? []
    return `its certificate is for another name (${problem.trim()}): use that name in the URL, or give it with --tls-server-name`
  }
  if (!CERTIFICATE.test(code)) return undefined
  return `its certificate is not trusted (${code}): name its certificate authority with --ca FILE, or accept every certificate with --insecure`
}

/** Returns whether a text is the explanation of a TLS problem, by {@link explainTls}. */
export const isOfTls = (text: string): boolean =>
  /^it(?:s certificate| refuses this client| does not speak TLS)/u.test(text)

/** Returns the reason in an error of OpenSSL: `wrong version number` for `error:0A00010B:SSL routines:f:wrong version number:f.c:1:`. */
export const reasonOf = (message: string): string =>
  /SSL routines:[^:]*:([^:]+)/u.exec(message)?.[1] ?? message.replace(/^TLS: /u, '').split('\n')[0] ?? message

/** Returns whether an error belongs to TLS and not to the connection below it. */
export const isTls = (code: string): boolean =>
  code === 'EPROTO' || code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || CERTIFICATE.test(code)

/** Node's message for a FIN in a handshake, which it gives the code ECONNRESET. */
export const isFinInHandshake = (message: string): boolean => message.includes('before secure TLS connection')
