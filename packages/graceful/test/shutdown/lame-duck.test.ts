import { afterEach, describe, expect, test } from 'vitest'
import { RawClient } from '../harness/raw-client.js'
import { killServices, Service } from '../harness/service.js'

afterEach(killServices)

const pause = async () => new Promise<false>((resolve) => void setTimeout(resolve, 3, false))

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

  test('refuses new connections after the delay, and resets no backlog', async () => {
    const service = await Service.start({ options: { shutdownDelay: 400 } })
    service.signal()
    // The bursts make sure that the backlog is not empty when the listener closes. A busy machine serves few of them.
    const ends: Promise<string>[] = []
    const one = async () => {
      const client = new RawClient(service.port).get('/one')
      const [response] = await client.responses(1)
      client.destroy()
      return response?.body ?? client.closed!
    }
    const over = service.exited.then(() => true)
    do for (let count = 0; count < 25; count++) ends.push(one())
    while (!(await Promise.race([over, pause()])))
    const counts: Record<string, number> = {}
    for (const end of await Promise.all(ends)) counts[end] = (counts[end] ?? 0) + 1
    // A connection of the few microseconds between the last look at the backlog and the close is reset; a backlog holds up to 25.
    const { ECONNRESET: resets = 0, ...others } = counts
    expect(resets).toBeLessThanOrEqual(2)
    expect(others).toEqual({ 'answer to /one': expect.any(Number), ECONNREFUSED: expect.any(Number) })
    expect(counts['answer to /one']).toBeGreaterThanOrEqual(25)
  })
})
