import { afterEach, describe, expect, test } from 'vitest'
import { RawClient } from '../harness/raw-client.js'
import { killServices, Service } from '../harness/service.js'

afterEach(killServices)

describe.each(['before', 'after'])("another SIGTERM listener, added %s the library's", (when) => {
  test('can close the server without an effect on the delay, idle connections, the hooks and the exit code', async () => {
    const service = await Service.start({
      holdDelay: true,
      hooks: [{ name: 'database' }],
      env: { OTHER_LISTENER: when },
    })
    const idle = new RawClient(service.port).get('/before')
    await idle.responses(1)
    const slow = new RawClient(service.port).get('/slow?ms=800')
    await service.waitFor(({ handler }) => handler === '/slow?ms=800')
    service.signal()
    await service.waitForState('lameDuck')

    const fresh = new RawClient(service.port).get('/fresh')
    expect((await fresh.responses(1))[0]).toMatchObject({ status: 200, body: 'answer to /fresh' })
    idle.get('/again')
    expect((await idle.responses(2))[1]).toMatchObject({ status: 200, body: 'answer to /again' })
    service.passDelay()
    expect((await slow.responses(1))[0]).toMatchObject({ status: 200, body: 'slow ' })
    for (const client of [idle, slow, fresh]) client.end()

    expect(await service.exited).toEqual({ code: 0, signal: null })
    const order = service.messages.flatMap(
      ({ state, closed, hook, phase }) => state ?? (closed && 'closed') ?? (hook && phase),
    )
    expect(order.filter((event) => ['draining', 'closed', 'end', 'terminated'].includes(event as string))).toEqual([
      'draining',
      'end',
      'closed',
      'terminated',
    ])
  })

  test.each([
    { result: 'the hooks succeed', hook: { name: 'database', ms: 300 }, code: 0, outcome: 'done' },
    { result: 'a hook fails', hook: { name: 'database', fails: 'test error' }, code: 1, outcome: 'failed' },
  ])('exits with 0 when the server has closed, and $result: exit code $code', async ({ hook, code, outcome }) => {
    const service = await Service.start({
      options: { shutdownDelay: 200 },
      hooks: [hook],
      env: { OTHER_LISTENER: when, OTHER_LISTENER_EXITS: '1' },
    })
    const slow = new RawClient(service.port).get('/slow?ms=500')
    await service.waitFor(({ handler }) => handler === '/slow?ms=500')
    service.signal()
    expect((await slow.responses(1))[0]).toMatchObject({ status: 200, body: 'slow ' })
    slow.end()
    expect(await service.exited).toEqual({ code, signal: null })
    expect(service.report).toMatchObject({ exitCode: code, hooks: [{ name: 'database', outcome }] })
    expect(service.messages.filter((line) => line['closed'] === true)).toHaveLength(1)
  })
})

test('a hook can close the server that is already closed', async () => {
  const service = await Service.start({ env: { CLOSING_HOOK: '1' } })
  service.signal()
  expect(await service.exited).toEqual({ code: 0, signal: null })
  expect(service.report).toMatchObject({ hooks: [{ name: 'server', outcome: 'done' }] })
})

test('a hook can close a server that has never listened', async () => {
  const service = await Service.start({ env: { CLOSING_HOOK: '1', NEVER_LISTEN: '1', LISTEN_AFTER: '60000' } })
  service.signal()
  expect(await service.exited).toEqual({ code: 0, signal: null })
  expect(service.report).toMatchObject({ hooks: [{ name: 'server', outcome: 'done' }] })
})
