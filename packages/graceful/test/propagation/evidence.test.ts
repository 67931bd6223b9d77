import { once } from 'node:events'
import { createServer, get, type Server } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createGracefulWith } from '../../src/graceful.js'
import type { GracefulOptions } from '../../src/types.js'
import { FakeRuntime } from '../harness/fake-runtime.js'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A service on a real port in virtual time: the work of its clients takes no time on its clock. */
class Service {
  readonly runtime = new FakeRuntime(1_000_000)
  readonly warnings: string[] = []
  readonly #server = createServer((_, response) => void response.end('answer'))

  async start(options: GracefulOptions = {}) {
    servers.push(this.#server.listen(0, '127.0.0.1'))
    await once(this.#server, 'listening')
    const logger = { info() {}, warn: (_: object, message: string) => void this.warnings.push(message), error() {} }
    return createGracefulWith(this.runtime, this.#server, { admin: false, logger, ...options })
  }

  /** Sends a request on a new connection, and waits until both sides have closed it. */
  async request(userAgent = 'client'): Promise<void> {
    let status: number | undefined
    const request = get({ port: this.#port, host: '127.0.0.1', agent: false, headers: { 'user-agent': userAgent } })
    request.on('response', (response) => {
      status = response.statusCode
      response.resume()
    })
    await this.#until(async () => status !== undefined)
    if (status !== 200) throw new Error(`unexpected status ${status}`)
    await this.#allClosed()
  }

  /** Connects and closes without data, as a tcpSocket probe does. */
  async connectOnly(): Promise<void> {
    const socket = connect(this.#port, '127.0.0.1')
    await once(socket, 'connect')
    await this.#until(async () => (await this.#connections()) > 0)
    socket.destroy()
    await this.#allClosed()
  }

  /** Sends `times` requests, one every `every` ms. */
  async requests(times: number, every: number): Promise<void> {
    for (let one = 0; one < times; one++) {
      await this.request()
      await this.runtime.advance(every)
    }
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async #allClosed(): Promise<void> {
    await this.#until(async () => (await this.#connections()) === 0)
  }

  async #connections(): Promise<number> {
    return new Promise((resolve) => void this.#server.getConnections((_, count) => resolve(count)))
  }

  /** Waits in real time; the virtual time does not advance. */
  async #until(condition: () => Promise<boolean>): Promise<void> {
    while (!(await condition())) {
      await new Promise((resolve) => void setTimeout(resolve, 1))
      await this.runtime.flush()
    }
  }
}

describe('evidence for the adaptive delay', () => {
  test('the delay ends at min if a busy client has fallen silent', async () => {
    const service = new Service()
    const graceful = await service.start()
    await service.requests(80, 50)
    service.runtime.emit('SIGTERM')
    const report = await service.runtime.complete(graceful.shutdown())
    expect(report).toMatchObject({ delayEnd: 'evidence', durationMs: 2_000, connectionsAfterSignal: 0 })
  })

  test.each<[probe: string, send: (service: Service) => Promise<void>]>([
    ['httpGet', async (service) => service.request('kube-probe/1.34')],
    ['tcpSocket', async (service) => service.connectOnly()],
  ])('%s probes do not extend the delay', async (_, probe) => {
    const service = new Service()
    const graceful = await service.start()
    await service.requests(80, 50)
    service.runtime.emit('SIGTERM')
    const ended = graceful.shutdown()
    for (let one = 0; one < 5; one++) {
      await probe(service)
      await service.runtime.advance(399)
    }
    const report = await service.runtime.complete(ended)
    expect(report).toMatchObject({ delayEnd: 'evidence', durationMs: 2_000, connectionsAfterSignal: 5 })
    expect(report.lastArrivalMs).toBe(undefined)
  })

  test('a client that still connects extends the delay to max, and a warning names the option to raise', async () => {
    const service = new Service()
    const graceful = await service.start({ shutdownDelay: { min: 1_000, max: 5_000 } })
    await service.requests(80, 50)
    service.runtime.emit('SIGTERM')
    const ended = graceful.shutdown()
    await service.requests(12, 400)
    const report = await service.runtime.complete(ended)
    expect(report).toMatchObject({
      delayEnd: 'max',
      connectionsAfterSignal: 12,
      requestsAfterSignal: 12,
      lastArrivalMs: 4_400,
    })
    expect(service.warnings.filter((message) => message.includes('shutdownDelay'))).toEqual([])

    const late = new Service()
    const other = await late.start({ shutdownDelay: 1_000 })
    late.runtime.emit('SIGTERM')
    const end = other.shutdown()
    await late.runtime.advance(950)
    await late.request()
    expect(await late.runtime.complete(end)).toMatchObject({ delayEnd: 'max', lastArrivalMs: 950 })
    expect(late.warnings.filter((message) => message.includes('raise shutdownDelay'))).toHaveLength(1)
  })

  test('a client that connects until max causes a warning with the options to raise', async () => {
    const service = new Service()
    const graceful = await service.start({ shutdownDelay: { min: 1_000, expected: 2_000, max: 5_000 } })
    await service.requests(80, 50)
    service.runtime.emit('SIGTERM')
    const ended = graceful.shutdown()
    await service.requests(13, 380)
    const report = await service.runtime.complete(ended)
    expect(report).toMatchObject({ delayEnd: 'max', delay: { heldBy: '127.0.0.1', sourceCount: 1 } })
    expect(service.warnings.filter((message) => message.endsWith('raise shutdownDelay.max and timeout'))).toHaveLength(
      1,
    )
  })

  test('a probe just before the end of the delay causes no warning', async () => {
    const service = new Service()
    const graceful = await service.start({ shutdownDelay: 1_000 })
    service.runtime.emit('SIGTERM')
    const ended = graceful.shutdown()
    await service.runtime.advance(950)
    await service.request('kube-probe/1.34')
    await service.runtime.complete(ended)
    expect(service.warnings.filter((message) => message.includes('shutdownDelay'))).toEqual([])
  })
})
