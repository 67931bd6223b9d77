import { setTimeout as sleep } from 'node:timers/promises'
import { RawClient, type RawResponse } from '../../packages/graceful/test/harness/raw-client.ts'
import { Service } from '../../packages/graceful/test/harness/service.ts'
import type { Contender } from '../contenders/contenders.ts'
import { expect } from './expect.ts'

export interface TrialSettings {
  /** How long the contender goes on serving, where it has an option for that, in ms. */
  readonly delay?: number
  /** In ms, from the signal to the exit. */
  readonly budget?: number
  readonly hooks?: readonly { readonly name: string; readonly ms?: number; readonly fails?: string }[]
  readonly env?: Readonly<Record<string, string>>
}

export interface Ending {
  readonly code: number | null
  /** The signal that ended the process: `SIGKILL` where it had to be killed. */
  readonly signal: NodeJS.Signals | null
}

/** A process that outstays its budget by this much does not end by itself, in ms. */
const GRACE = 2_500
/** No row takes longer, in ms. */
const LIMIT = 45_000

/** One contender's process, its clients and the end of it. Everything that it opened is gone after {@link close}. */
export class Trial {
  readonly contender: Contender
  readonly #node: string
  readonly #sleepByHand: boolean
  readonly #clients: RawClient[] = []
  readonly #closers: (() => void)[] = []
  #tls = false
  #service: Service | undefined
  #budget = 0
  #killer: NodeJS.Timeout | undefined
  readonly #limit = setTimeout(() => this.#service?.signal('SIGKILL'), LIMIT)

  constructor(contender: Contender, node: string, sleepByHand: boolean) {
    this.contender = contender
    this.#node = node
    this.#sleepByHand = sleepByHand
  }

  async start({ delay = 1_500, budget = 8_000, hooks = [], env = {} }: TrialSettings = {}): Promise<void> {
    this.#budget = budget
    this.#tls = env['PROTOCOL'] === 'https'
    this.#service = await Service.start({
      fixture: this.contender.fixture.href,
      node: this.#node,
      stderr: 'messages',
      hooks: [...hooks],
      env: { DELAY: String(delay), BUDGET: String(budget), SLEEP: String(this.#sleepByHand), ...env },
    })
  }

  get service(): Service {
    return this.#service!
  }

  /** A connection of its own, which may not be open yet. */
  client({ tls = this.#tls, port = this.service.port } = {}): RawClient {
    const client = new RawClient(port, { tls })
    this.#clients.push(client)
    return client
  }

  /** A connection that the process has accepted, and on which nothing was sent. */
  async silent(): Promise<RawClient> {
    const client = await this.client().connected()
    await this.served()
    return client
  }

  /** A keep-alive connection that has had one answer. */
  async idle(): Promise<RawClient> {
    const client = this.client()
    expect((await client.get('/before').responses(1)).length === 1, 'no response before the signal')
    return client
  }

  /** A connection with a request in its handler. */
  async busy(path: string): Promise<RawClient> {
    const client = this.client().get(path)
    await this.handled(path)
    return client
  }

  /** Waits until a handler has taken up the request for `path`. */
  async handled(path: string): Promise<void> {
    try {
      await this.service.waitFor(({ handler }) => handler === path)
    } catch (error) {
      // Before the signal it is no behaviour but a mistake, and the error shows it.
      throw this.#killer === undefined ? error : new Error(`the process exited before ${path} reached its handler`)
    }
  }

  /** Sends SIGTERM and waits until the process has seen it. The budget runs from here on. */
  async signal(): Promise<void> {
    this.service.signal()
    this.#killer = setTimeout(() => this.service.signal('SIGKILL'), this.#budget + GRACE)
    await this.service.waitFor(({ signalled }) => signalled === true)
  }

  /** Whether a request on a new connection is answered now. */
  async served(): Promise<boolean> {
    const client = this.client().get('/served')
    const [response] = await client.responses(1)
    client.destroy()
    return response?.status === 200
  }

  /** Waits until new connections are no longer served: the drain, or the end of the process. */
  async unserved(): Promise<void> {
    while (await this.served()) await sleep(25)
  }

  /** One probe: `ok`, `failed`, or `refused` where nobody listened. */
  async probe(kind: 'readiness' | 'liveness'): Promise<'ok' | 'failed' | 'refused'> {
    try {
      const { status } = await this.service.probe(this.contender.probes![kind])
      return status < 400 ? 'ok' : 'failed'
    } catch {
      return 'refused'
    }
  }

  async ending(): Promise<Ending> {
    return this.service.exited
  }

  /** That the process ends while most of a long budget is left. `holder` names what should not have held it. */
  async endsEarly(holder: string): Promise<void> {
    const early = await Promise.race([this.ending(), sleep(this.#budget * 0.7, undefined, { ref: false })])
    expect(early !== undefined, `${holder} delayed the exit to the end of the budget`)
  }

  /** For clients of other kinds: what closes them. */
  onClose(closer: () => void): void {
    this.#closers.push(closer)
  }

  async close(): Promise<void> {
    clearTimeout(this.#killer)
    clearTimeout(this.#limit)
    for (const client of this.#clients) client.destroy()
    for (const closer of this.#closers) closer()
    this.#service?.signal('SIGKILL')
    await this.#service?.exited
  }
}

/** That the nth response is there, and whole. */
export function answered(responses: readonly RawResponse[], count: number, client: RawClient): void {
  const good = responses.filter(({ status }) => status === 200 || status === 100)
  const statuses = responses.length > good.length ? ` (${responses.map(({ status }) => status).join(', ')})` : ''
  expect(
    good.length === count,
    `${good.length} of ${count} answered${statuses}, then ${client.closed ?? 'nothing more'}`,
  )
}
