import { connect } from 'node:net'
import { KeepAlive } from './keep-alive.ts'

export interface SourceSettings {
  readonly port: number
  /** Where its connections come from: a node of the cluster, as the pod sees it. */
  readonly address: string
  /** New connections a second, at random. */
  readonly rate: number
  /** Keep-alive connections that it holds open, each asking all the time. */
  readonly keepAlive: number
  readonly random: () => number
}

export interface Counts {
  readonly answered: number
  /** Refused, reset, or ended without a complete answer. */
  readonly lost: number
}

/** What passes between two requests of a keep-alive connection, in ms. */
const PAUSE = 100

/**
 * A node of a cluster whose proxy sends clients to the server until it hears that the server has left: {@link leave}. Each client
 * sends one request on a connection of its own, or asks all the time on one that stays; none retries.
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

  /** Its proxy has switched: nobody comes any more. Connections that are open stay. */
  leave(): void {
    this.#left = true
    clearTimeout(this.#timer)
  }

  /** Once the last client is done. */
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

  /** One keep-alive connection after the other, for as long as the proxy sends them here. */
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
