import { Service } from '../../packages/graceful/test/harness/service.ts'
import type { Contender } from '../contenders/contenders.ts'

export interface ServerSettings {
  /** In ms, or the library's `{ min, max }`. */
  readonly delay?: number | { readonly min: number; readonly max: number }
  /** In ms. */
  readonly budget?: number
  readonly env?: Readonly<Record<string, string>>
}

/** What a server's process says of itself. */
export interface Measurement {
  /** Since its start. */
  readonly requests: number
  /** User and system time, in µs. */
  readonly cpu: number
  /** In bytes. */
  readonly rss: number
  /** In bytes: the JavaScript heap and what it holds outside of itself. */
  readonly heap: number
  /** Its clock, in ms. */
  readonly now: number
}

export interface Ending {
  /** From the signal to the end of the process, in ms. */
  readonly ms: number
  readonly code: number | null
  /** It had to be killed. */
  readonly killed: boolean
  /** The longest time for which its event loop stood still after the signal, in ms; undefined where it was killed. */
  readonly longestBlock: number | undefined
}

/** A process that outstays its budget by this much is killed, in ms. */
const GRACE = 5_000

/** A contender with the application of the benchmarks. */
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

  /** `gc`: once its garbage is collected. */
  async measure({ gc = false } = {}): Promise<Measurement> {
    const id = ++this.#measurements
    this.#service.send({ id, gc })
    return (await this.#service.waitFor(({ measured }) => measured === id)) as unknown as Measurement
  }

  /** Sends SIGTERM, and waits for the end. */
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
    }
  }

  async kill(): Promise<void> {
    this.#service.signal('SIGKILL')
    await this.#service.exited
  }
}
