import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Service } from '../harness/service.js'

/** A client that never stops connecting, and never repeats a request. */
class Client {
  readonly failures: string[] = []
  answers = 0
  readonly #port: number
  readonly #timer: NodeJS.Timeout
  #paused = false

  constructor(port: number) {
    this.#port = port
    this.#timer = setInterval(() => {
      if (!this.#paused) this.ask()
    }, 20)
  }

  async pause(ms: number): Promise<void> {
    this.#paused = true
    await sleep(ms)
    this.#paused = false
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  ask(path = '/'): void {
    get({ port: this.#port, host: '127.0.0.1', path, agent: false }, (response) => {
      response.resume().on('end', () => (this.answers += 1))
    }).on('error', ({ message }) => this.failures.push(message))
  }
}

test('after a long computation, the library accepts the connections of that time before it judges the silence', async () => {
  const service = await Service.start({ options: { shutdownDelay: { min: 1_000, max: 40_000 }, timeout: 50_000 } })
  const client = new Client(service.port)
  // The gap makes a silence of 2.1 s necessary: the client is not silent that long, even on a busy machine.
  await sleep(500)
  await client.pause(700)
  await sleep(4_000)
  service.signal('SIGTERM')
  await service.waitForState('lameDuck')
  client.ask('/block?ms=5000')
  await service.waitFor(({ handler }) => handler === '/block?ms=5000')
  await sleep(6_000)
  client.stop()
  await service.exited
  expect(client.failures).toEqual([])
  expect(client.answers).toBeGreaterThan(100)
  expect(service.report).toMatchObject({ delayEnd: 'evidence', outcome: 'graceful' })
})
