import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { killServices, Service, type Message } from '../harness/service.js'

afterEach(killServices)

/** Pause between two connections, in ms. A busy machine must not look like a silent proxy: the library needs more than 1 s of silence. */
const PAUSE = 100

/** A proxy with its own address, which opens a connection for each request until it is stopped. */
class Proxy {
  readonly answers: number[] = []
  readonly errors: Error[] = []
  readonly #address: string
  readonly #port: number
  readonly #running: Promise<void>
  #stopped = false

  constructor(address: string, port: number) {
    this.#address = address
    this.#port = port
    this.#running = this.#run()
  }

  /** Waits for so many more answers. */
  async serves(count: number): Promise<void> {
    const until = this.answers.length + count
    while (this.answers.length < until && this.errors.length === 0) await sleep(10)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#stopped && this.errors.length === 0) {
      await this.#request().then(
        (status) => this.answers.push(status),
        (error: Error) => this.errors.push(error),
      )
      await sleep(PAUSE)
    }
  }

  async #request(): Promise<number> {
    const options = { host: '127.0.0.1', port: this.#port, localAddress: this.#address, agent: false as const }
    return new Promise((resolve, reject) => {
      const request = get(options, (response) => response.resume().on('end', () => resolve(response.statusCode!)))
      request.on('error', reject)
    })
  }
}

/** Also after a stall of the machine, which makes the conclusive silence longer than 8 s. */
const silent = expect.stringMatching(/^(evidence|expected)$/) as string

const isEndOfDelay = ({ delayEnd, level }: Message): boolean => level === 'info' && delayEnd !== undefined

/** Starts a service and two proxies, which send requests for as long as the library needs to know their rates. */
async function start(shutdownDelay: object) {
  const service = await Service.start({ options: { shutdownDelay, timeout: 30_000 } })
  const proxies = ['127.0.0.2', '127.0.0.3'].map((address) => new Proxy(address, service.port))
  await sleep(3_100)
  await Promise.all(proxies.map(async (proxy) => proxy.serves(5)))
  return { service, quick: proxies[0]!, late: proxies[1]! }
}

test('a proxy that learns late extends the delay, loses nothing, and is named in the log and in the report', async () => {
  const { service, quick, late } = await start({ min: 200, expected: 2_000, max: 25_000 })
  service.signal()
  await service.waitForState('lameDuck')
  await quick.stop()
  const extension = await service.waitFor(({ message }) => String(message).includes('still opens connections'))
  expect(extension['message']).toContain('127.0.0.3 (')
  await late.serves(10)
  expect(service.messages.filter(isEndOfDelay)).toEqual([])
  await late.stop()
  expect(await service.exited).toEqual({ code: 0, signal: null })

  expect([...quick.errors, ...late.errors]).toEqual([])
  expect(new Set([...quick.answers, ...late.answers])).toEqual(new Set([200]))
  const sources = ['127.0.0.3', '127.0.0.2'].map((address) => ({
    address,
    perSecond: expect.any(Number) as number,
    longestGapMs: expect.any(Number) as number,
    silenceNeededMs: expect.any(Number) as number,
    silenceSeenMs: expect.any(Number) as number,
  }))
  const delay = { heldBy: '127.0.0.3', sourceCount: 2, sources }
  expect(service.report).toMatchObject({ outcome: 'graceful', delayEnd: silent, delay })
  const lines = service.messages.filter(isEndOfDelay)
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatchObject({
    delayEnd: silent,
    delay,
    message: expect.stringMatching(
      /^graceful: the propagation delay is over after [\d.]+ s \(\w+\), held by 127\.0\.0\.3 \([\d.]+ connections\/s, longest gap [\d.]+ s, silent for/,
    ) as string,
  })
  const { perSecond, silenceNeededMs, silenceSeenMs } = (service.report['delay'] as typeof delay).sources[0]!
  expect(perSecond).toBeGreaterThan(1)
  expect(silenceSeenMs).toBeGreaterThanOrEqual(silenceNeededMs)
})
