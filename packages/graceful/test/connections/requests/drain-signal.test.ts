import { afterEach, describe, expect, test } from 'vitest'
import { DrainSignals } from '../../../src/connections/requests/drain-signal.js'
import { RawClient } from '../../harness/raw-client.js'
import { killServices, Service } from '../../harness/service.js'

afterEach(killServices)

const cleanExit = { code: 0, signal: null }
const upload = (path: string) => `POST ${path} HTTP/1.1\r\nHost: fixture\r\nContent-Length: 3\r\n\r\nabc`

const path = '/until-drain'

describe('drainSignal notifies a request of the drain', () => {
  test('if the request is in flight', async () => {
    const service = await Service.start()
    const client = new RawClient(service.port).get(path)
    await client.receives('first')
    service.signal()
    expect((await client.responses(1))[0]!.body).toBe('first\nlast\n')
    client.end()
    expect(await service.exited).toEqual(cleanExit)
  })

  test('if the request arrives after the start of the drain', async () => {
    const service = await Service.start()
    const slow = new RawClient(service.port).get('/slow?ms=900')
    const client = await new RawClient(service.port).connected()
    await service.waitFor(({ handler }) => handler === '/slow?ms=900')
    service.signal()
    await service.waitForState('draining')
    client.get(path)
    expect((await client.responses(1))[0]!.body).toBe('first\nlast\n')
    await slow.responses(1)
    for (const one of [client, slow]) one.end()
    expect(await service.exited).toEqual(cleanExit)
  })

  test('if the request waits behind another one on its connection', async () => {
    const service = await Service.start()
    const client = new RawClient(service.port).get('/slow?ms=900').get(path)
    await service.waitFor(({ handler }) => handler === path)
    service.signal()
    expect((await client.responses(2))[1]!.body).toBe('first\nlast\n')
    client.end()
    expect(await service.exited).toEqual(cleanExit)
  })
})

test('twenty pipelined requests with a drain signal cause no warning', async () => {
  const service = await Service.start({ stderr: 'messages' })
  const client = new RawClient(service.port)
  for (let sent = 0; sent < 20; sent++) client.get(path)
  await service.waitFor(() => service.handlersRun(path) === 20)
  service.signal()
  const responses = await client.responses(20)
  expect(responses.map(({ body }) => body)).toEqual(Array<string>(20).fill('first\nlast\n'))
  client.end()
  expect(await service.exited).toEqual(cleanExit)
  expect(service.messages.filter(({ stderr }) => stderr !== undefined)).toEqual([])
})

test('a request whose body has been read is notified, although Node has emitted its close event', async () => {
  const service = await Service.start()
  const client = new RawClient(service.port).send(upload('/consumed-until-drain'))
  await client.receives('first')
  service.signal()
  expect((await client.responses(1))[0]!.body).toBe('first\nlast\n')
  client.end()
  expect(await service.exited).toEqual(cleanExit)
})

test.each([undefined, null, {}, 'request'])(
  'drainSignal rejects an argument that is not a request of Node: %o',
  (value) => {
    expect(() => new DrainSignals().signalFor(value as never)).toThrow(
      /^graceful: the argument of drainSignal must be Node's own request .*; received /,
    )
  },
)
