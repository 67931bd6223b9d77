import { afterEach, describe, expect, test } from 'vitest'
import { RawClient } from '../harness/raw-client.js'
import { killServices, Service } from '../harness/service.js'

afterEach(killServices)

describe('the budget', () => {
  test('a request without a response is cut in time for the hooks, the report names it, and the exit code is 1', async () => {
    const service = await Service.start({
      options: { shutdownDelay: 100, timeout: 2_500 },
      hooks: [
        { name: 'pool', ms: 100, timeout: 600 },
        { name: 'traces', ms: 100, timeout: 600, order: 1 },
      ],
    })
    const client = new RawClient(service.port).get('/hang?secret=1')
    await service.waitFor(({ handler }) => handler === '/hang?secret=1')
    service.signal()
    expect(await service.exited).toEqual({ code: 1, signal: null })
    await client.ended()
    expect(service.report).toMatchObject({
      outcome: 'forced',
      exitCode: 1,
      forced: [{ kind: 'http1', phase: 'request', method: 'GET', path: '/hang' }],
      hooks: [
        { name: 'pool', outcome: 'done' },
        { name: 'traces', outcome: 'done' },
      ],
    })
    expect(Object.keys(service.report['states'] as object)).toEqual(
      expect.arrayContaining(['lameDuck', 'draining', 'closing']),
    )
    expect(
      service.messages.some(({ level, message }) => level === 'error' && /GET \/hang from 127/.test(String(message))),
    ).toBe(true)
  })

  test('without hooks a request without a response is cut at the deadline, and not before', async () => {
    const service = await Service.start({ options: { shutdownDelay: 100, timeout: 1_500 } })
    const client = new RawClient(service.port).get('/hang')
    await service.waitFor(({ handler }) => handler === '/hang')
    service.signal()
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.report).toMatchObject({ outcome: 'forced', forced: [{ path: '/hang' }] })
    expect(service.report['durationMs']).toBeGreaterThanOrEqual(1_495)
    client.destroy()
  })

  test('a request that ends just before the cut is answered, and the hooks have their whole limit', async () => {
    // The cut comes at 3 s.
    const service = await Service.start({
      options: { shutdownDelay: 100, timeout: 5_000 },
      hooks: [{ name: 'pool', ms: 1_000, timeout: 1_900 }],
    })
    const client = new RawClient(service.port).get('/slow?ms=2500')
    await service.waitFor(({ handler }) => handler === '/slow?ms=2500')
    service.signal()
    expect((await client.responses(1))[0]!.body).toBe('slow ')
    client.end()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(service.report).toMatchObject({ outcome: 'graceful', hooks: [{ name: 'pool', outcome: 'done' }] })
  })

  test('a request that ends just before the deadline gets its response', async () => {
    const service = await Service.start({ options: { shutdownDelay: 100, timeout: 2_500 } })
    const client = new RawClient(service.port).get('/slow?ms=2100')
    await service.waitFor(({ handler }) => handler === '/slow?ms=2100')
    service.signal()
    expect((await client.responses(1))[0]!.body).toBe('slow ')
    client.end()
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })

  test('a client that has its response but keeps its side open does not cause a forced exit', async () => {
    const service = await Service.start({ options: { shutdownDelay: 100, timeout: 2_000 } })
    const idle = new RawClient(service.port).get('/idle')
    await idle.responses(1)
    const slow = new RawClient(service.port).get('/slow?ms=1000')
    await service.waitFor(({ handler }) => handler === '/slow?ms=1000')
    service.signal()
    expect((await slow.responses(1))[0]!.body).toBe('slow ')
    expect(await service.exited).toEqual({ code: 0, signal: null })
    for (const client of [idle, slow]) client.destroy()
  })

  test('the deadline keeps the process alive: an empty event loop does not end the shutdown early', async () => {
    const service = await Service.start({
      options: { shutdownDelay: 100, timeout: 1_500, admin: false },
      env: { UNREFERENCED: '1' },
    })
    const client = new RawClient(service.port).get('/hang')
    await service.waitFor(({ handler }) => handler === '/hang')
    service.signal()
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.report).toMatchObject({ outcome: 'forced', forced: [{ path: '/hang' }] })
    client.destroy()
  })

  test('hooks run in order after the last request, and a failing hook does not prevent the others; exit code 1', async () => {
    const hooks = [
      { name: 'last', order: 20 },
      { name: 'failing', order: 10, fails: 'the pool is closed' },
      { name: 'hanging', order: 10, ms: 60_000, timeout: 200 },
      { name: 'first', order: -1, ms: 50 },
    ]
    const service = await Service.start({ options: { shutdownDelay: 100 }, hooks })
    const client = new RawClient(service.port).get('/slow?ms=500')
    await service.waitFor(({ handler }) => handler === '/slow?ms=500')
    service.signal()
    await client.responses(1)
    client.end()
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.report).toMatchObject({
      outcome: 'hook-failed',
      hooks: [
        { name: 'first', outcome: 'done' },
        { name: 'failing', outcome: 'failed', error: 'the pool is closed' },
        { name: 'hanging', outcome: 'timed-out' },
        { name: 'last', outcome: 'done' },
      ],
    })
    expect(service.messages.find(({ hook }) => hook === 'first')).toMatchObject({
      reason: 'SIGTERM',
      signal: 'SIGTERM',
    })
  })

  test('a hook that hangs without an open handle does not let Node exit with 0', async () => {
    const service = await Service.start({
      options: { shutdownDelay: 0, timeout: 1_000 },
      hooks: [{ name: 'h', ms: 'never', timeout: 60_000 }],
    })
    service.signal()
    expect(await service.exited).toEqual({ code: 1, signal: null })
  })
})

describe('crashes', () => {
  test.each(['throw', 'reject'])(
    '%s: requests in flight get their responses, hooks run, and the exit code is 1',
    async (how) => {
      const service = await Service.start({ options: { shutdownDelay: 300 }, hooks: [{ name: 'pool' }] })
      const client = new RawClient(service.port).get('/slow?ms=800')
      await service.waitFor(({ handler }) => handler === '/slow?ms=800')
      new RawClient(service.port).get(`/crash?how=${how}`)
      await service.waitForState('lameDuck')
      expect((await service.probe('/readyz')).status).toBe(503)
      expect((await client.responses(1))[0]!.body).toBe('slow ')
      client.end()
      expect(await service.exited).toEqual({ code: 1, signal: null })
      expect(service.messages.some(({ level, error }) => level === 'error' && /test error/.test(String(error)))).toBe(
        true,
      )
      expect(service.messages.some(({ hook, phase }) => hook === 'pool' && phase === 'end')).toBe(true)
    },
  )

  test('a crash during a shutdown leaves enough time for the hooks', async () => {
    const service = await Service.start({
      options: { shutdownDelay: 100, timeout: 8_000 },
      hooks: [{ name: 'pool', timeout: 2_000 }],
    })
    const hung = new RawClient(service.port).get('/hang')
    const slow = new RawClient(service.port).get('/slow?ms=800')
    await service.waitFor(({ handler }) => handler === '/slow?ms=800')
    service.signal()
    await service.waitForState('lameDuck')
    new RawClient(service.port).get('/crash?how=throw')
    expect((await slow.responses(1))[0]!.body).toBe('slow ')
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.report).toMatchObject({
      outcome: 'crashed',
      forced: [{ path: '/hang' }, { path: '/crash' }],
      hooks: [{ name: 'pool', outcome: 'done' }],
    })
    for (const client of [hung, slow]) client.destroy()
  })

  test('are handled by Node with shutdownOnCrash: false', async () => {
    const service = await Service.start({ options: { shutdownOnCrash: false }, env: { QUIET: '1' } })
    new RawClient(service.port).get('/crash?how=throw')
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.report).toBe(undefined)
  })
})

describe('signals', () => {
  test('a second SIGTERM changes nothing', async () => {
    const service = await Service.start({ holdDelay: true })
    const client = new RawClient(service.port).get('/slow?ms=800')
    await service.waitFor(({ handler }) => handler === '/slow?ms=800')
    service.signal()
    await service.waitForState('lameDuck')
    service.signal()
    service.passDelay()
    await service.waitForState('draining')
    service.signal()
    expect((await client.responses(1))[0]!.body).toBe('slow ')
    client.end()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(service.messages.filter(({ state }) => state === 'lameDuck')).toHaveLength(1)
  })

  test('a second SIGINT, later than a repeated key press, ends the process at once', async () => {
    const service = await Service.start({ options: { shutdownDelay: 20_000, timeout: 25_000 } })
    service.signal('SIGINT')
    await service.waitForState('lameDuck')
    await new Promise((resolve) => {
      setTimeout(resolve, 600)
    })
    service.signal('SIGINT')
    expect(await service.exited).toEqual({ code: 130, signal: null })
  })

  test('SIGTERM before the server listens causes exit code 0, without the delay', async () => {
    const service = await Service.start({
      options: { shutdownDelay: 20_000, timeout: 25_000 },
      env: { LISTEN_AFTER: '60000', NEVER_LISTEN: '1' },
    })
    service.signal()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(service.report).toMatchObject({ delayEnd: 'not-listening' })
  })

  test('uninstall removes every listener, and Node handles SIGTERM again', async () => {
    const service = await Service.start()
    service.send('uninstall')
    await expect
      .poll(async () =>
        service.probe('/livez').then(
          () => 'up',
          () => 'gone',
        ),
      )
      .toBe('gone')
    service.signal()
    expect(await service.exited).toEqual({ code: null, signal: 'SIGTERM' })
  })

  test('shutdown() works like a signal', async () => {
    const service = await Service.start()
    service.send('shutdown')
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(service.report).toMatchObject({ outcome: 'graceful', reason: 'shutdown() was called' })
  })
})

describe('probes', () => {
  test('are recognized with a query, a trailing slash and HEAD; other paths get 404', async () => {
    const service = await Service.start()
    for (const path of ['/livez', '/livez?x=1', '/livez/', '/readyz?x=1', '/startupz/']) {
      expect([path, (await service.probe(path)).status]).toEqual([path, 200])
    }
    expect((await service.probe('/readyz', 'HEAD')).status).toBe(200)
    expect((await service.probe('/other')).status).toBe(404)
  })

  test('readiness fails until ready(), and startup too; liveness does not', async () => {
    const service = await Service.start({ env: { NOT_READY: 'warming up' } })
    expect(await service.probe('/startupz')).toMatchObject({ status: 503 })
    expect(await service.probe('/readyz')).toMatchObject({ status: 503 })
    expect((await service.probe('/livez')).status).toBe(200)
    service.send('ready')
    await service.waitForState('ready')
    expect((await service.probe('/readyz')).status).toBe(200)
    expect((await service.probe('/startupz')).status).toBe(200)
  })

  test('a failing check fails only readiness, with the name and the reason', async () => {
    const service = await Service.start({ env: { FAILING_CHECK: 'no connection' } })
    const ready = await service.probe('/readyz')
    expect(ready.status).toBe(503)
    expect(JSON.parse(ready.body)).toMatchObject({ details: { database: 'no connection' } })
    expect((await service.probe('/livez')).status).toBe(200)
  })

  test("answer on the application's own port as on the admin port if mounted there, and pass other paths on", async () => {
    const service = await Service.start({ holdDelay: true, env: { MOUNT_PROBES: '1' } })
    const status = async (path: string) => {
      const client = new RawClient(service.port).get(path)
      const [response] = await client.responses(1)
      client.destroy()
      return { status: response!.status, body: response!.body }
    }
    expect(await status('/readyz/?x')).toEqual({ status: 200, body: '{"status":"ok"}' })
    expect(await status('/readyz')).toEqual(await service.probe('/readyz'))
    expect(await status('/other')).toEqual({ status: 200, body: 'answer to /other' })
    service.signal()
    await service.waitForState('lameDuck')
    const failures = { state: 'lameDuck' }
    const unready = { status: 503, body: JSON.stringify({ status: 'error', error: failures, details: failures }) }
    expect(await status('/readyz')).toEqual(unready)
    expect(await service.probe('/readyz')).toEqual(unready)
    expect(await status('/livez')).toEqual(await service.probe('/livez'))
  })

  test('metrics show the state and the connections', async () => {
    const service = await Service.start({ holdDelay: true })
    const client = new RawClient(service.port).get('/slow?ms=700')
    await service.waitFor(({ handler }) => handler === '/slow?ms=700')
    service.signal()
    await service.waitForState('lameDuck')
    const { body } = await service.probe('/metrics')
    expect(body).toContain('graceful_state{state="lameDuck"} 1')
    expect(body).toContain('graceful_connections{kind="http1",phase="request"} 1')
    expect(body).toContain('graceful_requests_in_flight 1')
    service.passDelay()
    await client.responses(1)
    client.end()
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })
})
