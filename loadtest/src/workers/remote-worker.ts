import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../base/clock.js'
import { messageOf } from '../base/errors.js'
import { BatchReader } from './batch.js'
import type { ReceivedAttempt } from './batch.js'
import { clockOffset } from './clock-offset.js'
import type { ClockOffset, ClockSample } from './clock-offset.js'
import type { WorkerHost } from './host.js'
import { deferred } from './deferred.js'
import { openLines } from './lines.js'
import type { Lines } from './lines.js'
import type { News, Order } from './messages.js'

const PAUSE = 250
const CLOCK_EVERY = 500
/** The first exchanges follow each other at once: the load waits for them. */
const FIRST_SAMPLES = 5
/** The offset is taken from the last samples, because clocks drift. */
const SAMPLES = 60
/** A worker that does not answer for this long, in ms, is lost. */
const SILENT = 30_000

type Ended = Extract<News, { readonly type: 'end' }>

/** One worker, as the coordinator sees it. Connects again after a break until the worker has ended or is lost. */
export class RemoteWorker {
  readonly index: number
  /** Resolves when the worker is ready, or will never be. */
  readonly started: Promise<void>
  /** Resolves when everything has been received, or the worker is lost. */
  readonly ended: Promise<void>
  attempts = 0
  lost: string | undefined
  /** Whether what the user named is to blame that the worker cannot start. */
  usage = false
  byName: boolean | undefined
  end: Ended | undefined
  readonly #host: WorkerHost
  readonly #receive: (attempt: ReceivedAttempt) => void
  readonly #starting = deferred()
  readonly #ending = deferred()
  readonly #reader = new BatchReader()
  readonly #asked = new Map<number, number>()
  #monotonic: ClockSample[] = []
  #epoch: ClockSample[] = []
  #lines: Lines<Order> | undefined
  #lastBatch = 0
  #heardAt = now()
  #questions = 0
  #ask: () => void = () => undefined
  #failure = ''
  #closed = false
  readonly #orders: Order[] = []

  constructor(index: number, host: WorkerHost, receive: (attempt: ReceivedAttempt) => void) {
    this.index = index
    this.#host = host
    this.#receive = receive
    this.started = this.#starting.promise
    this.ended = this.#ending.promise
    void this.#follow()
  }

  /** The wall clock of the worker's node minus this machine's; undefined if the worker never answered. */
  get clock(): ClockOffset | undefined {
    return clockOffset(this.#epoch)
  }

  /** @param at a time of this machine's monotonic clock */
  start(at: number): void {
    this.#order({ type: 'start', at: at + this.#offset })
  }

  stop(drainMs: number): void {
    this.#order({ type: 'stop', drainMs })
  }

  giveUp(): void {
    this.#order({ type: 'give-up' })
  }

  lose(reason: string): void {
    if (this.end !== undefined && this.#lastBatch === this.end.lastBatch) return
    this.lost ??= reason
    this.#starting.resolve()
    this.#ending.resolve()
  }

  /** Lets the worker exit. */
  release(): void {
    this.#closed = true
    this.#lines?.send({ type: 'exit' })
  }

  get #offset(): number {
    return clockOffset(this.#monotonic)?.offsetMs ?? 0
  }

  /** Orders survive a broken connection: they are repeated on the next one. */
  #order(order: Order): void {
    this.#orders.push(order)
    this.#lines?.send(order)
  }

  async #follow(): Promise<void> {
    while (!this.#closed) {
      const reason = this.#host.whyLost(this.index)
      if (reason !== undefined && this.#lines === undefined) return this.lose(reason)
      try {
        // oxlint-disable-next-line no-await-in-loop -- one connection after the other
        this.#failure = (await this.#connection()) ?? 'the connection to it ended'
      } catch (error) {
        this.#failure = messageOf(error)
      }
      const begun = this.#monotonic.length > 0
      if (begun && now() - this.#heardAt > SILENT) {
        return this.lose(`it did not answer for ${SILENT / 1_000} s: ${this.#failure}`)
      }
      // oxlint-disable-next-line no-await-in-loop -- the pause is the purpose
      await sleep(PAUSE)
    }
  }

  async #connection(): Promise<string | undefined> {
    const stream = await this.#host.connect(this.index)
    if (this.#closed) {
      stream.destroy()
      return undefined
    }
    const lines = openLines<Order>(stream, (news) => this.#take(news as News))
    this.#lines = lines
    const ask = (this.#ask = (): void => {
      this.#questions += 1
      this.#asked.set(this.#questions, now())
      lines.send({ type: 'clock', id: this.#questions })
      // A connection through several machines can be dead without an end.
      if (this.#asked.size > SILENT / CLOCK_EVERY / 3) lines.close()
    })
    ask()
    for (const order of this.#orders) lines.send(order)
    const timer = setInterval(ask, CLOCK_EVERY)
    try {
      return await lines.closed
    } finally {
      clearInterval(timer)
      this.#asked.clear()
      this.#lines = undefined
    }
  }

  #take(news: News): void {
    this.#heardAt = now()
    switch (news.type) {
      case 'clock':
        return this.#clock(news)
      case 'ready':
        this.byName = news.byName
        if (this.#monotonic.length >= FIRST_SAMPLES) this.#starting.resolve()
        return
      case 'unable':
        this.usage = news.usage
        return this.lose(news.reason)
      case 'attempts': {
        // A batch that comes again after a break is known.
        if (news.batch.number === this.#lastBatch + 1) {
          this.#lastBatch += 1
          for (const attempt of this.#reader.read(news.batch, this.#offset)) {
            this.attempts += 1
            this.#receive(attempt)
          }
        }
        this.#lines?.send({ type: 'received', batch: this.#lastBatch })
        return this.#whenWhole()
      }
      case 'end':
        this.end = news
        return this.#whenWhole()
      case 'terminating':
        this.lost ??= 'its pod was evicted or deleted'
    }
  }

  #clock({ id, monotonic, epoch }: Extract<News, { readonly type: 'clock' }>): void {
    const askedAt = this.#asked.get(id)
    if (askedAt === undefined) return
    this.#asked.delete(id)
    const answeredAt = now()
    const wall = Date.now() - answeredAt
    this.#monotonic = [...this.#monotonic, { askedAt, answeredAt, remote: monotonic }].slice(-SAMPLES)
    this.#epoch = [...this.#epoch, { askedAt: askedAt + wall, answeredAt: answeredAt + wall, remote: epoch }].slice(
      -SAMPLES,
    )
    this.#whenTimed()
  }

  /** Asks for the clock until it is known. Only then the worker can start. */
  #whenTimed(): void {
    const timed = this.#monotonic.length >= FIRST_SAMPLES
    if (!timed) this.#ask()
    else if (this.byName !== undefined) this.#starting.resolve()
  }

  #whenWhole(): void {
    if (this.end !== undefined && this.#lastBatch === this.end.lastBatch) this.#ending.resolve()
  }
}
