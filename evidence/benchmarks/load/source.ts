import { connect } from 'node:net'
import { KeepAlive } from './keep-alive.ts'

export interface SourceSettings {
  readonly port: number
  /** The local address of its connections. The pod sees it as the address of a node. */
  readonly address: string
  /** New connections per second, at random times. */
  readonly rate: number
  /** Keep-alive connections that it holds open, with constant requests on each. */
  readonly keepAlive: number
  readonly random: () => number
}

export interface Counts {
  readonly answered: number
  /** Refused, reset, or ended without a complete response. */
  readonly lost: number
}

/** The average pause between two requests on a keep-alive connection, in ms. */
const PAUSE = 100

/**
 * A node of a cluster whose proxy sends clients to the server until {@link leave}. Each client sends one request on a new connection, or
 * many on a keep-alive connection. No client retries.
 */
export class Source {
  readonly #settings: SourceSettings
  readonly #open = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #left = false
  #answered = 0
  #lost = 0

  constructor(settings: SourceSettings) {
    this.#settings = settings
    for (let index = 0; index < settings.keepAlive; index++) this.#follow(this.#stay())
    this.#arrive()
  }

  /** Switches the proxy: no new connections. Open connections stay open. */
  leave(): void {
    this.#left = true
    clearTimeout(this.#timer)
  }

  /** Resolves when the last client has finished. */
  async counts(): Promise<Counts> {
    while (this.#open.size > 0) await Promise.all(this.#open)
    return { answered: this.#answered, lost: this.#lost }
  }

  #arrive(): void {
    if (this.#left) return
    const wait = (-Math.log(1 - this.#settings.random()) / this.#settings.rate) * 1_000
    this.#timer = setTimeout(() => {
      this.#follow(this.#once())
      this.#arrive()
    }, wait)
  }

  #follow(client: Promise<void>): void {
    const done = client.finally(() => this.#open.delete(done))
    this.#open.add(done)
  }

  async #once(): Promise<void> {
    const { port, address } = this.#settings
    const answered = await new Promise<boolean>((resolve) => {
      let received = ''
      const socket = connect({ port, host: '127.0.0.1', localAddress: address }, () =>
        socket.write('GET /20 HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n'),
      )
      socket.setEncoding('latin1')
      socket.on('data', (data: unknown) => (received += String(data)))
      socket.on('error', () => resolve(false))
      socket.on('close', () => resolve(received.startsWith('HTTP/1.1 200') && received.endsWith('hello')))
    })
    this.#count(answered)
  }

  /** Uses one keep-alive connection after the other until the proxy switches. */
  async #stay(): Promise<void> {
    const { port, address, random } = this.#settings
    do {
      const connection = new KeepAlive(port, address)
      while (!connection.over) {
        this.#count(await connection.ask('/20'))
        await new Promise((resolve) => void setTimeout(resolve, PAUSE * (0.5 + random())))
        await new Promise((resolve) => void setImmediate(resolve))
      }
      connection.close()
    } while (!this.#left)
  }

  #count(answered: boolean): void {
    if (answered) this.#answered += 1
    else this.#lost += 1
  }
}
