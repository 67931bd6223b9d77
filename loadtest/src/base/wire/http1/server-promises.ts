import type { ResponseHead } from './response-parser.js'

/** The server's clock starts before the client's, and timers are not exact: an idle close this much too early is not a broken promise. */
const TIMER_SLACK = 250

/** The promises of the server about one connection. */
export class ServerPromises {
  /** The server closes the connection after the response (RFC 9112 §9.6). */
  close = false
  /** The idle time of `Keep-Alive: timeout`, in ms; undefined if not promised. */
  keepAliveMs: number | undefined
  #keepAlive: string | undefined

  /** Reads the headers of a response. Most servers repeat themselves, so a repeated value is parsed once. */
  read({ headers, minorVersion }: ResponseHead): void {
    const keepAlive = headers.get('keep-alive')
    if (keepAlive !== this.#keepAlive) {
      this.#keepAlive = keepAlive
      this.keepAliveMs = promisedIdleMs(keepAlive)
    }
    const connection = headers.get('connection')
    if (minorVersion === 1 && (connection === undefined || connection === 'keep-alive')) return
    const options = connectionOptions(connection)
    if (options.has('close') || (minorVersion === 0 && !options.has('keep-alive'))) this.close = true
  }

  /** Returns the promised idle time if a server that closes after `idleMs` breaks its promise; otherwise undefined. */
  brokenBy(idleMs: number): number | undefined {
    if (this.close || this.keepAliveMs === undefined) return undefined
    return idleMs < this.keepAliveMs - TIMER_SLACK ? this.keepAliveMs : undefined
  }
}

const connectionOptions = (connection = ''): ReadonlySet<string> =>
  new Set(connection.split(',').map((option) => option.trim().toLowerCase()))

const promisedIdleMs = (keepAlive = ''): number | undefined => {
  const seconds = /(?:^|,)\s*timeout\s*=\s*"?(\d{1,6})/i.exec(keepAlive)?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1_000
}
