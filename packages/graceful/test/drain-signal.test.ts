import { afterEach, describe, expect, test } from 'vitest'
import { DrainSignals } from '../src/connections/requests/drain-signal.js'
import { RawClient } from './harness/raw-client.js'
import { killServices, Service } from './harness/service.js'

afterEach(killServices)

const gracefulEnd = { code: 0, signal: null }
const upload = (path: string) => `POST ${path} HTTP/1.1\r\nHost: fixture\r\nContent-Length: 3\r\n\r\nabc`

describe.each([
  ['its signal', '/until-drain'],
  ['its event', '/until-draining'],
])('a request hears of the drain by %s', (_, path) => {
  test('when it is under way', async () => {
    const service = await Service.start()
    const client = new RawClient(service.port).get(path)
    await client.receives('first')
    service.signal()
    expect((await client.responses(1))[0]!.body).toBe('first\nlast\n')
    client.end()
    expect(await service.exited).toEqual(gracefulEnd)
  })

  test('when it arrives after the drain has started', async () => {
    const service = await Service.start()
    const slow = new RawClient(service.port).get('/slow?ms=900')
    const client = await new RawClient(service.port).connected()
    await service.tells(({ handler }) => handler === '/slow?ms=900')
    service.signal()
    await service.state('draining')
    client.get(path)
    expect((await client.responses(1))[0]!.body).toBe('first\nlast\n')
    await slow.responses(1)
    for (const one of [client, slow]) one.end()
    expect(await service.exited).toEqual(gracefulEnd)
  })

  test('when it waits behind another on its connection', async () => {
    const service = await Service.start()
    const client = new RawClient(service.port).get('/slow?ms=900').get(path)
    await service.tells(({ handler }) => handler === path)
    service.signal()
    expect((await client.responses(2))[1]!.body).toBe('first\nlast\n')
    client.end()
    expect(await service.exited).toEqual(gracefulEnd)
  })
})

test('a request whose body was read, and which Node calls closed for that, still hears of the drain', async () => {
  const service = await Service.start()
  const client = new RawClient(service.port).send(upload('/consumed-until-drain'))
  await client.receives('first')
  service.signal()
  expect((await client.responses(1))[0]!.body).toBe('first\nlast\n')
  client.end()
  expect(await service.exited).toEqual(gracefulEnd)
})

test.each([undefined, null, {}, 'request'])('what is no request of Node is refused: %o', (value) => {
  expect(() => new DrainSignals().signalFor(value as never)).toThrow(
    /^graceful: the argument of drainSignal must be Node's own request .*; received /,
  )
})
