import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { RawClient } from '../../harness/raw-client.js'
import { killServices, Service } from '../../harness/service.js'

afterEach(killServices)

const requests = (paths: string[]) => paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: fixture\r\n\r\n`).join('')

/** Exit of a service that has served all its clients. */
const cleanExit = { code: 0, signal: null }

describe('pipelining', () => {
  test('requests sent in one write before the signal all get their responses, from handlers that finish after it', async () => {
    const service = await Service.start()
    const paths = ['/slow?ms=400&n=1', '/slow?ms=200&n=2', '/slow?ms=600&n=3']
    const client = new RawClient(service.port).send(requests(paths))
    await service.waitFor(({ handler }) => handler === paths[2])
    service.signal()
    const responses = await client.responses(3)
    expect(responses.map(({ body }) => body)).toEqual(['slow 1', 'slow 2', 'slow 3'])
    expect(responses.map(({ headers }) => headers['connection'])).toEqual(['keep-alive', 'keep-alive', 'close'])
    expect(await client.ended()).toBe('end')
    client.end()
    expect(await service.exited).toEqual(cleanExit)
  })

  test('requests sent in one write after the signal all get their responses, and only the last has Connection: close', async () => {
    const service = await Service.start({ holdDelay: true })
    service.signal()
    await service.waitForState('lameDuck')
    const client = new RawClient(service.port).send(requests(['/1', '/2', '/slow?ms=100&n=3', '/4', '/5']))
    const responses = await client.responses(5)
    expect(responses.map(({ body }) => body)).toEqual([
      'answer to /1',
      'answer to /2',
      'slow 3',
      'answer to /4',
      'answer to /5',
    ])
    expect(responses.map(({ headers }) => headers['connection'])).toEqual([
      ...Array<string>(4).fill('keep-alive'),
      'close',
    ])
    client.end()
    service.passDelay()
    expect(await service.exited).toEqual(cleanExit)
  })

  test.each([
    ['two', ['/slow?ms=900&n=1', '/2']],
    ['three', ['/slow?ms=900&n=1', '/2', '/keep-alive']],
    ['a large one', ['/slow?ms=900&n=1', '/large?bytes=3000000']],
    ['one in chunks', ['/slow?ms=900&n=1', '/stream?chunks=3&every=10']],
    ['one that ends after the signal', ['/slow?ms=900&n=1', '/stream?chunks=5&every=400']],
  ])('responses written before the signal, out of order: the last says close (%s)', async (_, paths) => {
    const service = await Service.start({ options: { timeout: 100_000 } })
    const client = new RawClient(service.port).send(requests(paths))
    await service.waitFor(({ handler }) => handler === paths.at(-1))
    await sleep(100)
    service.signal()
    const responses = await client.responses(paths.length)
    expect(responses.map(({ status }) => status)).toEqual(paths.map(() => 200))
    expect(responses.map(({ headers }) => headers['connection'])).toEqual([
      ...paths.slice(1).map(() => 'keep-alive'),
      'close',
    ])
    expect(responses.at(-1)!.headers).not.toHaveProperty('keep-alive')
    expect(await client.ended()).toBe('end')
    client.end()
    expect(await service.exited).toEqual(cleanExit)
    expect(service.report['durationMs']).toBeLessThan(50_000)
  })

  test('a request that arrives during an earlier one gets its response', async () => {
    const service = await Service.start({ options: { shutdownDelay: 200 } })
    const client = new RawClient(service.port).get('/slow?ms=700&n=1')
    await service.waitFor(({ handler }) => handler === '/slow?ms=700&n=1')
    service.signal()
    await service.waitForState('draining')
    client.get('/second')
    const responses = await client.responses(2)
    expect(responses.map(({ body }) => body)).toEqual(['slow 1', 'answer to /second'])
    expect(responses[1]!.headers['connection']).toBe('close')
    client.end()
    expect(await service.exited).toEqual(cleanExit)
  })

  test('an incomplete head behind a finished response is completed and answered', async () => {
    const service = await Service.start({ options: { shutdownDelay: 200 } })
    const client = new RawClient(service.port).send(`${requests(['/slow?ms=500&n=1'])}GET /half HTT`)
    await service.waitFor(({ handler }) => handler === '/slow?ms=500&n=1')
    service.signal()
    expect((await client.responses(1))[0]!.headers['connection']).toBe('keep-alive')
    client.send('P/1.1\r\nHost: fixture\r\n\r\n')
    expect((await client.responses(2))[1]).toMatchObject({ body: 'answer to /half', headers: { connection: 'close' } })
    client.end()
    expect(await service.exited).toEqual(cleanExit)
  })

  test('a request after a response with Connection: close is not executed', async () => {
    const service = await Service.start({ holdDelay: true })
    service.signal()
    await service.waitForState('lameDuck')
    const client = new RawClient(service.port).get('/first')
    await client.responses(1)
    client.get('/after-close')
    client.end()
    expect(await client.ended()).toBe('end')
    service.passDelay()
    expect(await service.exited).toEqual(cleanExit)
    expect(service.handlersRun('/first')).toBe(1)
    expect(service.handlersRun('/after-close')).toBe(0)
  })
})
