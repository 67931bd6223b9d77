import { createServer } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { createGraceful } from '../../src/index.js'
import { copyOfLibrary } from '../harness/copy.js'
import { RawClient } from '../harness/raw-client.js'
import { killServices, Service } from '../harness/service.js'

afterEach(killServices)

describe.each([
  ['of one copy of the library', () => ({})],
  ['of two copies of the library', () => ({ COPY: copyOfLibrary() })],
])('two shutdowns in one process, %s', (_, env) => {
  test('start with one signal, and the first to finish does not end the requests and hooks of the other', async () => {
    const service = await Service.start({ fixture: 'twice.mjs', env: env() })
    const { second } = await service.waitFor((message) => message['second'] !== undefined)
    const slow = new RawClient(second as number).get('/slow?ms=1200')
    await service.waitFor(({ handler }) => handler === '/slow?ms=1200')
    service.signal()
    await service.waitFor(({ of, report }) => of === 'first' && report !== undefined)
    expect((await slow.responses(1))[0]).toMatchObject({ status: 200, body: 'slow ' })
    slow.end()
    // A hook of the first shutdown failed. The process exits with the higher of both codes.
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.messages.some(({ hook }) => hook === 'second')).toBe(true)
  })

  test('count a SIGINT once, and exit at the second one', async () => {
    const service = await Service.start({ fixture: 'twice.mjs', env: env() })
    const { second } = await service.waitFor((message) => message['second'] !== undefined)
    new RawClient(second as number).get('/slow?ms=60000')
    await service.waitFor(({ handler }) => handler === '/slow?ms=60000')
    service.signal('SIGINT')
    await service.waitFor(({ of, state }) => of === 'second' && state === 'draining')
    // Longer than the time in which a second SIGINT is the same key press.
    await new Promise((resolve) => void setTimeout(resolve, 600))
    expect(service.messages.filter(({ state }) => state === 'lameDuck')).toHaveLength(2)
    service.signal('SIGINT')
    expect(await service.exited).toEqual({ code: 130, signal: null })
  })

  test('cannot have the same server', async () => {
    const service = await Service.start({ fixture: 'twice.mjs', env: env() })
    const { attachedTwice } = await service.waitFor((message) => message['attachedTwice'] !== undefined)
    expect(attachedTwice).toMatch(/^graceful: the server is attached already, and only one createGraceful\(\) can/)
  })
})

test('a server can be attached again after uninstall(), and counts once if it is in the array twice', () => {
  const options = { admin: false, logger: false, exit: false } as const
  const server = createServer()
  const first = createGraceful([server, server], options)
  const twice = server.listenerCount('close')
  first.uninstall()
  const once = createGraceful(server, options)
  expect(server.listenerCount('close')).toBe(twice)
  expect(() => createGraceful(server, options)).toThrow('the server is attached already')
  once.uninstall()
})

test('two servers drain together, even if the library is attached when connections are open', async () => {
  const service = await Service.start({ fixture: 'several.mjs', options: { shutdownDelay: 300, timeout: 8_000 } })
  const second = (await service.waitFor((message) => message['second'] !== undefined))['second'] as number
  const idle = new RawClient(service.port).get('/before')
  await idle.responses(1)
  const slow = new RawClient(second).get('/slow?ms=900&n=1').get('/slow?ms=1100&n=2')
  await service.waitFor(({ handler }) => handler === '/slow?ms=1100&n=2')
  const silent = await new RawClient(second).connected()

  service.send('attach')
  expect((await service.waitFor(({ attached }) => attached !== undefined))['attached']).toBe('ready')
  service.signal()
  await service.waitForState('draining')
  for (const port of [service.port, second]) {
    expect(await new RawClient(port).get('/late').ended()).toBe('ECONNREFUSED')
  }
  idle.get('/lingering')
  expect((await idle.responses(2))[1]).toMatchObject({ body: 'answer to /lingering', headers: { connection: 'close' } })
  expect((await slow.responses(2)).map(({ body, headers }) => [body, headers['connection']])).toEqual([
    ['slow 1', 'keep-alive'],
    ['slow 2', 'close'],
  ])
  expect(await silent.ended()).toBe('end')
  for (const client of [idle, slow, silent]) client.end()
  expect(await service.exited).toEqual({ code: 0, signal: null })
})
