import { closeSync, openSync, readSync } from 'node:fs'
import { now, toEpoch } from '../../../base/clock.js'

/** How often the sockets are read, in ms. */
const EVERY = 20
/** The longest time by which the close of a listener may be reported too early, in ms. */
const UNCERTAIN = 50

export interface ClosedListener {
  /** A moment at which a socket still listened: epoch ms, at most 50 ms before the close was seen. */
  readonly at: number
  /** The connections that the service had not accepted then. */
  readonly waiting: number
}

/**
 * Calls `closed` once no socket listens on a TCP port any more. Never calls it if nothing listened at first, or where the system has no
 * `/proc/net/tcp`.
 *
 * Connecting to the port instead would disturb the pod: a service may wait until new connections stop.
 *
 * @returns a function that ends the watch
 */
export function watchListener(port: number, closed: (last: ClosedListener) => void): () => void {
  let [seenAt, waiting]: [number | undefined, number] = [undefined, 0]
  const look = (): void => {
    const found = backlogOf(port)
    if (found !== undefined) [seenAt, waiting] = [now(), found]
    else {
      clearInterval(timer)
      if (seenAt !== undefined) closed({ at: toEpoch(Math.max(seenAt, now() - UNCERTAIN)), waiting })
    }
  }
  const timer = setInterval(look, EVERY)
  look()
  return () => clearInterval(timer)
}

/** Returns how many connections wait to be accepted on the port, over IPv4 and IPv6; undefined if no socket listens on it. */
function backlogOf(port: number): number | undefined {
  const found = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => backlogsIn(file, port))
  return found.length === 0 ? undefined : found.reduce((sum, each) => sum + each, 0)
}

const LISTEN = '0A'
/** The receive queue of a listening socket is its backlog. */
const LINE =
  /^ *\d+: [0-9A-F]+:(?<port>[0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} (?<state>[0-9A-F]{2}) [0-9A-F]{8}:(?<waiting>[0-9A-F]{8}) /u

/** Returns the backlog of each socket of a file that listens on the port. The file lists these sockets before all connections. */
function backlogsIn(file: string, wanted: number): number[] {
  const found: number[] = []
  for (const line of linesOf(file)) {
    const { port = '', state, waiting = '' } = LINE.exec(line)?.groups ?? {}
    if (state === undefined) continue
    if (state !== LISTEN) break
    if (Number.parseInt(port, 16) === wanted) found.push(Number.parseInt(waiting, 16))
  }
  return found
}

function* linesOf(file: string): Generator<string> {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return
  }
  try {
    const buffer = Buffer.alloc(16_384)
    let rest = ''
    for (let length = readSync(descriptor, buffer); length > 0; length = readSync(descriptor, buffer)) {
      const lines = `${rest}${buffer.toString('latin1', 0, length)}`.split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } finally {
    closeSync(descriptor)
  }
}
