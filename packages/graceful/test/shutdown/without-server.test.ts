import { afterEach, describe, expect, test } from 'vitest'
import { killServices, Service } from '../harness/service.js'

afterEach(killServices)

const start = async (env: NodeJS.ProcessEnv = {}) => Service.start({ fixture: 'without-server.mjs', env })

const startedState = (service: Service) => service.messages.find(({ started }) => started)?.['state']

describe('a process without a server', () => {
  test('is ready at once', async () => {
    const service = await start()
    expect(startedState(service)).toBe('ready')
    expect((await service.probe('/readyz')).status).toBe(200)
    expect((await service.probe('/startupz')).status).toBe(200)
  })

  test('is not ready before `ready()` if it calls `notReady` first', async () => {
    const service = await start({ NOT_READY: 'the queue is not connected' })
    expect(startedState(service)).toBe('starting')
    expect((await service.probe('/startupz')).body).toContain('the queue is not connected')
    service.send('ready')
    await service.waitForState('ready')
    expect((await service.probe('/readyz')).status).toBe(200)
  })

  test('has no propagation delay, fails readiness at once, closes its database after its last job, and exits', async () => {
    const service = await start()
    service.signal()
    await service.waitFor(({ hook, phase }) => hook === 'consumer' && phase === 'start')
    expect((await service.probe('/readyz')).status).toBe(503)
    expect((await service.probe('/livez')).status).toBe(200)
    expect(await service.exited).toEqual({ code: 0, signal: null })
    const ended = service.messages.filter(({ hook, phase }) => hook !== undefined && phase === 'end')
    expect(ended.map(({ hook }) => hook)).toEqual(['consumer', 'database'])
    expect(service.report).toMatchObject({ outcome: 'graceful', delayEnd: 'no-server' })
  })
})
