import { afterEach, describe, expect, test } from 'vitest'
import { RawClient } from './harness/raw-client.js'
import { killServices, Service } from './harness/service.js'

afterEach(killServices)

describe('the budget', () => {
  test('a hung request is cut at the deadline, named, and the exit code is 1', async () => {
    const service = await Service.start({ options: { shutdownDelay: 100, timeout: 1_500 }, hooks: [{ name: 'pool' }] })
    const client = new RawClient(service.port).get('/hang?secret=1')
    await service.tells(({ handler }) => handler === '/hang?secret=1')
    service.signal()
    expect(await service.exited).toEqual({ code: 1, signal: null })
    await client.ended()
    expect(service.report).toMatchObject({
      outcome: 'forced',
      forced: [{ kind: 'http1', phase: 'request', method: 'GET', path: '/hang' }],
      hooks: [{ name: 'pool', outcome: 'not-run' }],
    })
    expect(
      service.told.some(({ level, message }) => level === 'error' && /GET \/hang from 127/.test(String(message))),
    ).toBe(true)
  })

  test('a request that ends just before the deadline is still answered', async () => {
    const service = await Service.start({ options: { shutdownDelay: 100, timeout: 2_500 } })
    const client = new RawClient(service.port).get('/slow?ms=2100')
    await service.tells(({ handler }) => handler === '/slow?ms=2100')
    service.signal()
    expect((await client.responses(1))[0]!.body).toBe('slow ')
    client.end()
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })

  test('a client that was served and keeps its side open does not make it a forced end', async () => {
    const service = await Service.start({ options: { shutdownDelay: 100, timeout: 2_000 } })
    const idle = new RawClient(service.port).get('/idle')
    await idle.responses(1)
    const slow = new RawClient(service.port).get('/slow?ms=1000')
    await service.tells(({ handler }) => handler === '/slow?ms=1000')
    service.signal()
    expect((await slow.responses(1))[0]!.body).toBe('slow ')
    expect(await service.exited).toEqual({ code: 0, signal: null })
    for (const client of [idle, slow]) client.destroy()
  })

  test('the deadline holds the process where nothing else does: an empty event loop is no graceful end', async () => {
    const service = await Service.start({
      options: { shutdownDelay: 100, timeout: 1_500, admin: false },
      env: { UNREFERENCED: '1' },
    })
    const client = new RawClient(service.port).get('/hang')
    await service.tells(({ handler }) => handler === '/hang')
    service.signal()
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.report).toMatchObject({ outcome: 'forced', forced: [{ path: '/hang' }] })
    client.destroy()
  })

  test('hooks run in order, equal ones together, after the last request; a failing one stops no other and exits 1', async () => {
    const hooks = [
      { name: 'last', order: 20 },
      { name: 'failing', order: 10, fails: 'the pool is gone' },
      { name: 'hanging', order: 10, ms: 60_000, timeout: 200 },
      { name: 'first', order: -1, ms: 50 },
    ]
    const service = await Service.start({ options: { shutdownDelay: 100 }, hooks })
    const client = new RawClient(service.port).get('/slow?ms=500')
    await service.tells(({ handler }) => handler === '/slow?ms=500')
    service.signal()
    await client.responses(1)
    client.end()
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.report).toMatchObject({
      outcome: 'hook-failed',
      hooks: [
        { name: 'first', outcome: 'done' },
        { name: 'failing', outcome: 'failed', error: 'the pool is gone' },
        { name: 'hanging', outcome: 'timed-out' },
        { name: 'last', outcome: 'done' },
      ],
    })
    expect(service.told.find(({ hook }) => hook === 'first')).toMatchObject({ reason: 'SIGTERM', signal: 'SIGTERM' })
  })

  test('a hook that hangs without holding anything open does not let Node leave with 0', async () => {
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
    '%s: what is under way is answered, hooks run, and the exit code is 1',
    async (how) => {
      const service = await Service.start({ options: { shutdownDelay: 300 }, hooks: [{ name: 'pool' }] })
      const client = new RawClient(service.port).get('/slow?ms=800')
      await service.tells(({ handler }) => handler === '/slow?ms=800')
      new RawClient(service.port).get(`/crash?how=${how}`)
      await service.state('lameDuck')
      expect((await service.probe('/readyz')).status).toBe(503)
      expect((await client.responses(1))[0]!.body).toBe('slow ')
      client.end()
      expect(await service.exited).toEqual({ code: 1, signal: null })
      expect(service.told.some(({ level, error }) => level === 'error' && /planted/.test(String(error)))).toBe(true)
      expect(service.told.some(({ hook, phase }) => hook === 'pool' && phase === 'end')).toBe(true)
    },
  )

  test('one that comes during a shutdown still leaves the hooks their time', async () => {
    const service = await Service.start({
      options: { shutdownDelay: 100, timeout: 3_000 },
      hooks: [{ name: 'pool', timeout: 500 }],
    })
    const hung = new RawClient(service.port).get('/hang')
    const slow = new RawClient(service.port).get('/slow?ms=800')
    await service.tells(({ handler }) => handler === '/slow?ms=800')
    service.signal()
    await service.state('lameDuck')
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

  test('are left to Node where that is wanted', async () => {
    const service = await Service.start({ options: { crashes: false }, env: { QUIET: '1' } })
    new RawClient(service.port).get('/crash?how=throw')
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.report).toBe(undefined)
  })
})

describe('signals', () => {
  test('a second SIGTERM changes nothing', async () => {
    const service = await Service.start({ options: { shutdownDelay: 200 } })
    const client = new RawClient(service.port).get('/slow?ms=800')
    await service.tells(({ handler }) => handler === '/slow?ms=800')
    service.signal()
    await service.state('lameDuck')
    service.signal()
    await service.state('draining')
    service.signal()
    expect((await client.responses(1))[0]!.body).toBe('slow ')
    client.end()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(service.told.filter(({ state }) => state === 'lameDuck')).toHaveLength(1)
  })

  test('a second SIGINT ends at once', async () => {
    const service = await Service.start({ options: { shutdownDelay: 20_000, timeout: 25_000 } })
    service.signal('SIGINT')
    await service.state('lameDuck')
    service.signal('SIGINT')
    expect(await service.exited).toEqual({ code: 130, signal: null })
  })

  test('SIGTERM before the server listens ends with 0 and without the delay', async () => {
    const service = await Service.start({
      options: { shutdownDelay: 20_000, timeout: 25_000 },
      env: { LISTEN_AFTER: '60000', NEVER_LISTEN: '1' },
    })
    service.signal()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(service.report).toMatchObject({ delayEnd: 'not-listening' })
  })

  test("uninstall leaves no listener behind, and SIGTERM is Node's own again", async () => {
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

  test('shutdown() does as a signal does', async () => {
    const service = await Service.start()
    service.send('shutdown')
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(service.report).toMatchObject({ outcome: 'graceful', reason: 'shutdown() was called' })
  })
})

describe('probes', () => {
  test('are found with a query, a trailing slash and HEAD; others are 404', async () => {
    const service = await Service.start()
    for (const path of ['/livez', '/livez?verbose', '/livez/', '/readyz?x=1', '/startupz/']) {
      expect([path, (await service.probe(path)).status]).toEqual([path, 200])
    }
    expect((await service.probe('/readyz', 'HEAD')).status).toBe(200)
    expect((await service.probe('/other')).status).toBe(404)
  })

  test('readiness waits for ready(), and says why not', async () => {
    const service = await Service.start({ env: { NOT_READY: 'warming up' } })
    expect(await service.probe('/startupz')).toMatchObject({ status: 503 })
    expect(await service.probe('/readyz')).toMatchObject({ status: 503 })
    expect((await service.probe('/livez')).status).toBe(200)
    service.send('ready')
    await service.state('ready')
    expect((await service.probe('/readyz')).status).toBe(200)
    expect((await service.probe('/startupz')).status).toBe(200)
  })

  test('a failing check fails readiness alone, by name and reason', async () => {
    const service = await Service.start({ env: { FAILING_CHECK: 'no connection' } })
    const ready = await service.probe('/readyz')
    expect(ready.status).toBe(503)
    expect(JSON.parse(ready.body)).toMatchObject({ details: { database: 'no connection' } })
    expect((await service.probe('/livez')).status).toBe(200)
  })

  test('say each thing that they looked at with ?verbose', async () => {
    const service = await Service.start({ env: { FAILING_CHECK: 'no connection' } })
    expect(await service.probe('/readyz?verbose')).toEqual({
      status: 503,
      body: '[+]state ok\n[+]notReady ok\n[-]database: no connection\nreadyz check failed\n',
    })
    expect(await service.probe('/livez/?verbose')).toEqual({ status: 200, body: 'livez check passed\n' })
  })

  test("answer on the application's own port where they are mounted, and leave other paths alone", async () => {
    const service = await Service.start({ options: { shutdownDelay: 500, admin: false }, env: { MOUNT_PROBES: '1' } })
    const status = async (path: string) => {
      const client = new RawClient(service.port).get(path)
      const [response] = await client.responses(1)
      client.destroy()
      return [response!.status, response!.body.split('\n').at(-2) ?? response!.body]
    }
    expect(await status('/readyz/?x')).toEqual([200, 'readyz check passed'])
    expect(await status('/other')).toEqual([200, 'answer to /other'])
    service.signal()
    await service.state('lameDuck')
    expect(await status('/readyz')).toEqual([503, 'readyz check failed'])
    expect(await status('/livez')).toEqual([200, 'livez check passed'])
  })

  test('the metrics show state and connections', async () => {
    const service = await Service.start({ options: { shutdownDelay: 500 } })
    const client = new RawClient(service.port).get('/slow?ms=700')
    await service.tells(({ handler }) => handler === '/slow?ms=700')
    service.signal()
    await service.state('lameDuck')
    const { body } = await service.probe('/metrics')
    expect(body).toContain('graceful_state{state="lameDuck"} 1')
    expect(body).toContain('graceful_connections{kind="http1",phase="request"} 1')
    expect(body).toContain('graceful_requests_in_flight 1')
    await client.responses(1)
    client.end()
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })
})
