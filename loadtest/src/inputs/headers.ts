import { keepSecret } from '../base/secrets.js'
import type { Header } from '../base/wire/access.js'

/** The characters of a token (RFC 9110 §5.6.2). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/u
/** Visible characters, spaces and tabs, and the bytes above ASCII. */
const VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/u

/** The headers that belong to a connection or to the framing of a body (RFC 9110 §7.6.1), so the client class decides them. */
const OF_THE_CONNECTION = new Set([
  'connection',
  'content-length',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Headers whose values are secrets wherever they come from. */
const SECRET = /authorization|cookie|token|secret|password|api-?key|credential|session|signature/iu

/** A header, or why it cannot be one. */
export type ReadHeader = { readonly header: Header } | { readonly problem: string }

/**
 * Reads `Name: value`, and replaces each `${NAME}` in the value by that variable of the environment. Values of the environment, and
 * of headers for credentials, are kept out of every output from then on.
 *
 * @example readHeader('Authorization: Bearer ${TOKEN}', { TOKEN: 'abcd' }) // { header: ['Authorization', 'Bearer abcd'] }
 */
export function readHeader(line: string, environment: NodeJS.ProcessEnv): ReadHeader {
  const colon = line.indexOf(':')
  if (colon < 1) return { problem: 'it is not NAME: VALUE, as in Authorization: Bearer ${TOKEN}' }
  return makeHeader(line.slice(0, colon).trim(), line.slice(colon + 1).trim(), environment)
}

/** Checks a header and fills its value in, as {@link readHeader}. */
export function makeHeader(name: string, template: string, environment: NodeJS.ProcessEnv): ReadHeader {
  const why = whyNotAllowed(name)
  if (why !== undefined) return { problem: why }
  const filled = fillIn(template, environment)
  if ('problem' in filled) return filled
  const { text } = filled
  if (SECRET.test(name)) keepCredentials(text)
  if (!VALUE.test(text))
    return { problem: `the value of ${name} holds a line break or another character that no header can have` }
  return { header: [name, text] }
}

/**
 * Replaces each `${NAME}` by that variable of the environment, whose value is kept out of every output from then on.
 */
export function fillIn(
  template: string,
  environment: NodeJS.ProcessEnv,
): { readonly text: string } | { readonly problem: string } {
  let missing: string | undefined
  const text = template.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/gu, (_, name: string) => {
    // A file that is read into a variable often ends with a line break.
    const value = environment[name]?.replace(/\r?\n$/u, '') ?? ''
    if (value === '') missing ??= name
    keepSecret(value)
    return value
  })
  return missing === undefined
    ? { text }
    : { problem: `the environment has no variable ${missing}: set it, and export it` }
}

/** The token of `Bearer TOKEN` is a secret of its own, because a service can print it alone. */
function keepCredentials(value: string): void {
  keepSecret(value)
  const [, token] = /^\S+\s+(\S.*)$/u.exec(value) ?? []
  if (token !== undefined) keepSecret(token)
}

function whyNotAllowed(name: string): string | undefined {
  const lower = name.toLowerCase()
  if (OF_THE_CONNECTION.has(lower) || lower.startsWith('sec-websocket-')) {
    return `${name} belongs to the connection, which each client class handles itself: leave it out`
  }
  return TOKEN.test(name) ? undefined : `${JSON.stringify(name)} is not a name of a header`
}
