import { Service } from '../../packages/graceful/test/harness/service.ts'
import type { Contender } from '../contenders/contenders.ts'

export interface ServerSettings {
  /** In ms, or `{ min, expected, max }` for the library. Default 0. */
  readonly delay?: number | { readonly min: number; readonly expected?: number; readonly max: number }
  /** In ms. */
  readonly budget?: number
  readonly env?: Readonly<Record<string, string>>
}

/** A report of the process of a server. */
export interface Measurement {
  /** Requests since its start. */
  readonly requests: number
  /** User and system time, in µs. */
  readonly cpu: number
  /** In bytes. */
  readonly rss: number
  /** The JavaScript heap and its external memory, in bytes. */
  readonly heap: number
  /** The time of its clock, in ms. */
  readonly now: number
  /** The longest block of its event loop since the last `watch`, in ms. */
  readonly block: number
}

export interface Ending {
  /** From the signal to the end of the process, in ms. */
  readonly ms: number
  readonly code: number | null
  /** Whether it outlasted its budget and was killed. */
  readonly killed: boolean
  /** The longest block of its event loop after the signal, in ms. Undefined if it was killed. */
  readonly longestBlock: number | undefined
  /** Number of shutdown hooks that ended. */
  readonly hooks: number
}

/** How long after its budget a process is killed, in ms. */
const GRACE = 5_000

/** A process of a contender with the routes of the benchmarks. */
export class Server {
  readonly #service: Service
  readonly #budget: number
  #measurements = 0

  private constructor(service: Service, budget: number) {
    this.#service = service
    this.#budget = budget
  }

  static async start(contender: Contender, settings: ServerSettings = {}): Promise<Server> {
    const { delay = 0, budget = 30_000, env = {} } = settings
    const service = await Service.start({
      fixture: contender.fixture.href,
      node: process.execPath,
      stderr: 'messages',
      env: {
        ROUTES: new URL('routes.mjs', import.meta.url).href,
        DELAY: JSON.stringify(delay),
        BUDGET: String(budget),
        ...env,
      },
    })
    return new Server(service, budget)
  }

  get port(): number {
    return this.#service.port
  }

  /** Text of the library's metrics. */
  async scrape(): Promise<string> {
    return (await this.#service.probe('/metrics')).body
  }

  /** Returns what the process reports, with `gc` after a garbage collection. `watch` starts to measure the blocks of its event loop. */
  async measure({ gc = false, watch = false } = {}): Promise<Measurement> {
    const id = ++this.#measurements
    this.#service.send({ id, gc, watch })
    return (await this.#service.waitFor(({ measured }) => measured === id)) as unknown as Measurement
  }

  /** Sends SIGTERM and waits until the process ends. */
  async terminate(): Promise<Ending> {
    const started = performance.now()
    const killer = setTimeout(() => this.#service.signal('SIGKILL'), this.#budget + GRACE)
    this.#service.signal()
    const { code, signal } = await this.#service.exited
    clearTimeout(killer)
    const last = this.#service.messages.find(({ longestBlock }) => longestBlock !== undefined)
    return {
      ms: performance.now() - started,
      code,
      killed: signal === 'SIGKILL',
      longestBlock: last?.['longestBlock'] as number | undefined,
      hooks: this.#service.messages.filter(({ hook, phase }) => hook !== undefined && phase === 'end').length,
    }
  }

  async kill(): Promise<void> {
    this.#service.signal('SIGKILL')
    await this.#service.exited
  }
}
