import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { now } from '../base/clock.js'
import { messageOf, UsageError } from '../base/errors.js'
import { EXIT, type ExitStatus } from '../base/exit-status.js'
import { watchSelf } from '../base/machine/self-watch.js'
import type { SelfWatch } from '../base/machine/self-watch.js'
import type { Addresses } from '../base/wire/http1/resolve.js'
import { startLoad } from '../clients/load.js'
import type { Load } from '../clients/load.js'
import { Ledger } from '../ledger/ledger.js'
import { preflight } from '../proof/preflight.js'
import { deferred } from './deferred.js'
import { WORKER_PORT } from './host.js'
import { openLines } from './lines.js'
import type { Lines } from './lines.js'
import type { News, Order } from './messages.js'
import { Outbox } from './outbox.js'
import { clientsOf, shareOf } from './spec.js'
import type { WorkerSpec } from './spec.js'

/** How often ended attempts are sent, in ms. */
const BATCH_EVERY = 250
/** A new Service takes a moment to reach every node, in ms. */
const PATIENCE = 60_000
/** Without a word from the coordinator for this long, in ms, it has gone, and the load must not go on. */
const ABANDONED = 60_000
/** How long the answers that are due are waited for after SIGTERM, in ms. */
const HASTE = 3_000

/**
 * Runs one worker: checks that the service answers, waits for the common start, sends its share of the load, and delivers every
 * attempt to the coordinator.
 *
 * @param signal aborts at SIGTERM
 * @returns 0 if its whole ledger was delivered without a drop, 1 if with drops, 3 otherwise
 */
export async function runWorker(
  spec: WorkerSpec,
  index: number,
  { signal, port = WORKER_PORT, listening }: WorkerOptions,
): Promise<ExitStatus> {
  const worker = new Worker(spec, index, signal)
  const server = createServer((socket) => worker.connected(socket))
  server.listen(port, '127.0.0.1', () => listening?.((server.address() as AddressInfo).port))
  const status = await worker.run()
  await closed(server)
  return status
}

export interface WorkerOptions {
  readonly signal: AbortSignal
  /** Default: {@link WORKER_PORT}. */
  readonly port?: number
  readonly listening?: (port: number) => void
}

class Worker {
  readonly #spec: WorkerSpec
  readonly #index: number
  readonly #signal: AbortSignal
  readonly #ledger: Ledger
  readonly #outbox: Outbox
  readonly #done = deferred<ExitStatus>()
  #self: SelfWatch | undefined
  #load: Load | undefined
  #addresses: Addresses = new Map()
  #lines: Lines<News> | undefined
  /** The last message about the state of the worker, for a coordinator that connects again. */
  #state: News | undefined
  #heardAt = now()
  #stopping = false

  constructor(spec: WorkerSpec, index: number, signal: AbortSignal) {
    this.#spec = spec
    this.#index = index
    this.#signal = signal
    this.#outbox = new Outbox((from, to, attempt) => this.#self?.starved(from, to, attempt) === true)
    const { share } = shareOf(spec, index)
    this.#ledger = new Ledger(spec.runId, { share, ended: (attempt) => this.#outbox.add(attempt) })
  }

  async run(): Promise<ExitStatus> {
    const terminate = (): void => {
      this.#tell({ type: 'terminating' })
      void this.#stop(HASTE)
      setTimeout(() => this.#done.resolve(EXIT.inconclusive), 2 * HASTE).unref()
    }
    this.#signal.addEventListener('abort', terminate, { once: true })
    const timer = setInterval(() => this.#deliver(), BATCH_EVERY)
    try {
      await this.#check()
      return await this.#done.promise
    } finally {
      clearInterval(timer)
      this.#self?.stop(this.#ledger.latenessMs())
      this.#lines?.close()
    }
  }

  /** A coordinator that connects again gets what it has not confirmed. */
  connected(socket: Socket): void {
    this.#lines?.close()
    const lines = openLines<News>(socket, (order) => this.#obey(order as Order))
    this.#lines = lines
    this.#outbox.sendAgain()
    if (this.#state !== undefined) lines.send(this.#state)
    this.#deliver()
  }

  async #check(): Promise<void> {
    const { urls, access, profile, limits, addresses } = this.#spec
    const clients = clientsOf(this.#spec)
    const options = { urls, access, profile, clients, limits, signal: this.#signal, patienceMs: PATIENCE }
    try {
      const byName = await resolvable(urls, addresses)
      this.#addresses = await preflight({ ...options, ...(byName ? {} : { at: new Map(Object.entries(addresses)) }) })
      this.#enter({ type: 'ready', byName })
    } catch (error) {
      this.#enter({ type: 'unable', reason: messageOf(error), usage: error instanceof UsageError })
    }
  }

  #obey(order: Order): void {
    this.#heardAt = now()
    switch (order.type) {
      case 'clock':
        return this.#tell({ type: 'clock', id: order.id, monotonic: now(), epoch: Date.now() })
      case 'start':
        if (this.#load === undefined && !this.#stopping) setTimeout(() => this.#start(), Math.max(0, order.at - now()))
        return
      case 'stop':
        return void this.#stop(order.drainMs)
      case 'give-up':
        return this.#ledger.giveUpAll()
      case 'received':
        this.#outbox.confirm(order.batch)
        return this.#deliver()
      case 'exit':
        // Only what the coordinator has decides, so that the exit code can be trusted.
        return this.#done.resolve(this.#outcome())
    }
  }

  #outcome(): ExitStatus {
    if (this.#state?.type !== 'end' || this.#signal.aborted) return EXIT.inconclusive
    return this.#ledger.totals.drops > 0 ? EXIT.drops : EXIT.proven
  }

  #start(): void {
    if (this.#load !== undefined || this.#stopping) return
    this.#self = watchSelf()
    const { rate, seed } = shareOf(this.#spec, this.#index)
    const { urls, access, profile, limits } = this.#spec
    const created = new Noted((id) => this.#outbox.created(id))
    const [ledger, addresses, clients] = [this.#ledger, this.#addresses, clientsOf(this.#spec)]
    this.#load = startLoad({ urls, access, addresses, clients, profile, rate, seed, limits, ledger, created })
  }

  async #stop(drainMs: number): Promise<void> {
    if (this.#stopping) return
    this.#stopping = true
    this.#self ??= watchSelf()
    this.#load?.stop()
    await this.#load?.drain(drainMs)
    const self = this.#self.stop(this.#ledger.latenessMs(), this.#ledger.shortages())
    const lastBatch = this.#outbox.finish()
    const notes = this.#load?.notes ?? { opened: 0, closedEarly: 0, shortestIdleMs: undefined, streamsEnded: 0 }
    this.#enter({ type: 'end', lastBatch, notes, self })
    this.#deliver()
  }

  #deliver(): void {
    if (this.#lines !== undefined) this.#outbox.send((batch) => this.#tell({ type: 'attempts', batch }))
    const abandoned = now() - this.#heardAt > ABANDONED && this.#state !== undefined
    if (abandoned || this.#outbox.full) {
      this.#load?.stop()
      this.#done.resolve(EXIT.inconclusive)
    }
  }

  #enter(state: News): void {
    this.#state = state
    this.#tell(state)
  }

  #tell(news: News): void {
    this.#lines?.send(news)
  }
}

/** A set that reports what is added to it. */
class Noted extends Set<string> {
  readonly #note: (value: string) => void

  constructor(note: (value: string) => void) {
    super()
    this.#note = note
  }

  override add(value: string): this {
    this.#note(value)
    return super.add(value)
  }
}

/** Returns whether DNS knows every name. A cluster without DNS still has the addresses of its Services. */
async function resolvable(urls: readonly string[], addresses: Readonly<Record<string, string>>): Promise<boolean> {
  const { lookup } = await import('node:dns/promises')
  const names = urls.filter((url) => addresses[url] !== undefined).map((url) => new URL(url).hostname)
  const found = await Promise.all(names.map((name) => lookup(name).then(Boolean, () => false)))
  return found.every(Boolean)
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
  })
