import { setTimeout as sleep } from 'node:timers/promises'
import { RawClient, type RawResponse } from '../../packages/graceful/test/harness/raw-client.ts'
import { Service } from '../../packages/graceful/test/harness/service.ts'
import type { Contender } from '../contenders/contenders.ts'
import { expect } from './expect.ts'
import { programOf, type TrialSettings } from './programs.ts'

interface Ending {
  readonly code: number | null
  /** The signal that ended the process: `SIGKILL` if it outlasted its budget. */
  readonly signal: NodeJS.Signals | null
}

/** How long after its budget a process is killed, in ms. */
const GRACE = 2_500
/** The time limit of a trial, in ms. */
const LIMIT = 45_000

/** One process of a contender with its clients. {@link close} ends the process and closes every connection. */
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

  async start(settings: TrialSettings = {}): Promise<void> {
    const { delay = 1_500, budget = 8_000, hooks = [] } = settings
    const { fixture, env } = await programOf(this.contender, settings)
    this.#budget = budget
    this.#tls = env['PROTOCOL'] === 'https'
    this.#service = await Service.start({
      fixture: fixture.href,
      node: this.#node,
      stderr: 'messages',
      hooks: [...hooks],
      env: { DELAY: JSON.stringify(delay), BUDGET: String(budget), SLEEP: String(this.#sleepByHand), ...env },
    })
  }

  get service(): Service {
    return this.#service!
  }

  /** Opens a new connection, without waiting for it. */
  client({ tls = this.#tls, port = this.service.port } = {}): RawClient {
    const client = new RawClient(port, { tls })
    this.#clients.push(client)
    return client
  }

  /** Opens a connection, sends nothing on it, and waits until the process has accepted it. */
  async silent(): Promise<RawClient> {
    const client = await this.client().connected()
    await this.served()
    return client
  }

  /** Opens a keep-alive connection with one answered request. */
  async idle(): Promise<RawClient> {
    const client = this.client()
    expect((await client.get('/before').responses(1)).length === 1, 'no response before the signal')
    return client
  }

  /** Opens a connection and waits until the handler of its request runs. */
  async busy(path: string): Promise<RawClient> {
    const client = this.client().get(path)
    await this.handled(path)
    return client
  }

  /** Waits until the handler of the request for `path` runs. */
  async handled(path: string): Promise<void> {
    try {
      await this.service.waitFor(({ handler }) => handler === path)
    } catch (error) {
      // Before the signal this is a bug of the row, not a behaviour. Keep the original error.
      throw this.#killer === undefined ? error : new Error(`the process exited before ${path} reached its handler`)
    }
  }

  /** Sends SIGTERM and waits until the process has received it. The budget starts here. */
  async signal(): Promise<void> {
    this.service.signal()
    this.#killer = setTimeout(() => this.service.signal('SIGKILL'), this.#budget + GRACE)
    // A process without a listener ends.
    await this.service.waitFor(({ signalled }) => signalled === true).catch(async () => this.ending())
  }

  /** Returns whether a request on a new connection gets a response now. */
  async served(): Promise<boolean> {
    const client = this.client().get('/served')
    const [response] = await client.responses(1)
    client.destroy()
    return response?.status === 200
  }

  /** Waits until a new connection gets no response, because the drain has started or the process has exited. */
  async unserved(): Promise<void> {
    while (await this.served()) await sleep(25)
  }

  /** Runs one probe. Returns `refused` if the port does not accept connections. */
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

  /** Checks the exit code. */
  async endsWith(code: number): Promise<void> {
    const ending = await this.ending()
    expect(ending.code === code, endedWith(ending))
  }

  /** Checks that the process exits before 70 % of its budget. `holder` names the connection that must not delay it. */
  async endsEarly(holder: string): Promise<void> {
    const early = await Promise.race([this.ending(), sleep(this.#budget * 0.7, undefined, { ref: false })])
    expect(early !== undefined, `${holder} delayed the exit to the end of the budget`)
  }

  /** Registers a function for {@link close}, for clients of other protocols. */
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

/** Says how a process ended. */
export const endedWith = ({ code, signal }: Ending, name = 'the process'): string =>
  `${name} ended with ${signal ?? `exit code ${code}`}`

/** Checks that so many complete responses with the status 200 or 100 arrived. */
export function answered(responses: readonly RawResponse[], count: number, client: RawClient): void {
  const good = responses.filter(({ status }) => status === 200 || status === 100)
  const statuses = responses.length > good.length ? ` (${responses.map(({ status }) => status).join(', ')})` : ''
  expect(
    good.length === count,
    `${good.length} of ${count} answered${statuses}, then ${client.closed ?? 'nothing more'}`,
  )
}
