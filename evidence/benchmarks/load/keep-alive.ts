import { connect, type Socket } from 'node:net'

/** A keep-alive connection that sends one request at a time, counts the outcomes, and never retries. */
export class KeepAlive {
  /** Requests that were written on an open connection and got no complete response. */
  lost = 0
  answered = 0
  /** Whether a response had `Connection: close`, or the connection is closed. */
  over = false
  readonly ready: Promise<void>
  readonly #socket: Socket
  #received = ''
  #settle: ((answered: boolean) => void) | undefined

  constructor(port: number, localAddress?: string) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, ...(localAddress ? { localAddress } : {}) })
    this.#socket.setEncoding('latin1')
    this.ready = new Promise((resolve) => {
      this.#socket.once('connect', resolve)
      this.#socket.once('close', () => resolve())
    })
    this.#socket.on('data', (data: unknown) => this.#data(String(data)))
    this.#socket.on('end', () => this.#closed())
    this.#socket.on('error', () => this.#closed())
    this.#socket.on('close', () => this.#closed())
  }

  /** Sends a request. Resolves to whether its response arrived completely. */
  async ask(path: string, headers = ''): Promise<boolean> {
    this.#received = ''
    const answer = new Promise<boolean>((resolve) => {
      this.#settle = resolve
    })
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: bench\r\n${headers}\r\n`)
    return answer
  }

  close(): void {
    this.over = true
    this.#socket.destroy()
  }

  #data(data: string): void {
    this.#received += data
    const headEnd = this.#received.indexOf('\r\n\r\n')
    if (headEnd < 0) return
    const head = this.#received.slice(0, headEnd).toLowerCase()
    const length = Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0)
    if (this.#received.length < headEnd + 4 + length) return
    if (/\r\nconnection: close/.test(head)) this.over = true
    const settle = this.#settle
    this.#settle = undefined
    this.answered += 1
    settle?.(head.startsWith('http/1.1 200'))
  }

  #closed(): void {
    this.over = true
    if (this.#settle === undefined) return
    this.lost += 1
    this.#settle(false)
    this.#settle = undefined
  }
}

/** Opens that many connections, in batches, with one answered request on each. */
export async function openIdle(port: number, count: number): Promise<KeepAlive[]> {
  const AT_ONCE = 200
  const connections: KeepAlive[] = []
  for (let opened = 0; opened < count; opened += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - opened) }, () => new KeepAlive(port))
    await Promise.all(batch.map(async (one) => one.ask('/')))
    connections.push(...batch)
  }
  return connections
}

/** Sends requests, with pauses of about `pause` ms, until the connection is over. */
export async function keepAsking(
  connection: KeepAlive,
  path: string,
  pause: number,
  random: () => number,
): Promise<void> {
  while (!connection.over) {
    await connection.ask(path)
    await new Promise((resolve) => void setTimeout(resolve, pause * (0.5 + random())))
    // Reads a FIN that has already arrived, so that a request is lost only if it was on its way before the FIN.
    await new Promise((resolve) => void setImmediate(resolve))
  }
}
