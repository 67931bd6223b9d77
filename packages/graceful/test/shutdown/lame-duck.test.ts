import { afterEach, describe, expect, test } from 'vitest'
import { RawClient } from '../harness/raw-client.js'
import { killServices, Service } from '../harness/service.js'

afterEach(killServices)

/** Exit of a service that has served all its clients. */
const cleanExit = { code: 0, signal: null }

describe('the lame duck', () => {
  test('fails readiness, keeps liveness, and serves new and open connections', async () => {
    const service = await Service.start({ holdDelay: true })
    expect((await service.probe('/readyz')).status).toBe(200)
    const open = await new RawClient(service.port).connected()
    open.get('/before')
    expect((await open.responses(1))[0]!.headers['connection']).toBe('keep-alive')

    service.signal()
    await service.waitForState('lameDuck')
    expect((await service.probe('/readyz')).status).toBe(503)
    expect((await service.probe('/livez')).status).toBe(200)
    expect((await service.probe('/startupz')).status).toBe(200)

    const fresh = new RawClient(service.port).get('/fresh')
    open.get('/on-open')
    for (const [client, path, count] of [
      [fresh, '/fresh', 1],
      [open, '/on-open', 2],
    ] as const) {
      const last = (await client.responses(count)).at(-1)!
      expect(last).toMatchObject({ status: 200, body: `answer to ${path}`, headers: { connection: 'close' } })
      expect(await client.ended()).toBe('end')
      client.end()
    }
    service.passDelay()
    expect(await service.exited).toEqual(cleanExit)
    expect(service.report).toMatchObject({ outcome: 'graceful', requestsAfterSignal: 2, connectionsAfterSignal: 1 })
  })

  test('liveness stays 200 while hooks run', async () => {
    const service = await Service.start({ options: { shutdownDelay: 0 }, hooks: [{ name: 'slow', ms: 500 }] })
    service.signal()
    await service.waitFor(({ hook }) => hook === 'slow')
    expect((await service.probe('/livez')).status).toBe(200)
    expect((await service.probe('/readyz')).status).toBe(503)
    expect(await service.exited).toEqual(cleanExit)
  })

  test('accepts the whole backlog at the end of the delay, and refuses later connections', async () => {
    const service = await Service.start({ holdDelay: true })
    service.signal()
    await service.waitForState('lameDuck')
    // A stopped process accepts nothing, so these connections wait in the backlog when the delay ends.
    service.signal('SIGSTOP')
    const clients = Array.from({ length: 25 }, () => new RawClient(service.port).get('/one'))
    await Promise.all(clients.map((client) => client.connected()))
    service.passDelay()
    service.signal('SIGCONT')
    const bodies = await Promise.all(
      clients.map(async (client) => (await client.responses(1))[0]?.body ?? client.closed),
    )
    expect(bodies).toEqual(clients.map(() => 'answer to /one'))
    expect(await new RawClient(service.port).ended()).toBe('ECONNREFUSED')
    for (const client of clients) client.end()
    expect(await service.exited).toEqual(cleanExit)
    expect(service.report).toMatchObject({ connectionsAfterSignal: 25 })
  })
})
