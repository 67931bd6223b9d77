import { afterEach, describe, expect, test } from 'vitest'
import { RawClient } from '../harness/raw-client.js'
import { killServices, Service } from '../harness/service.js'

afterEach(killServices)

const cleanExit = { code: 0, signal: null }
const hooks = [
  { name: 'telemetry', phase: 'last', timeout: 500 },
  { name: 'pool', order: 1, timeout: 500 },
]
const start = async (env: NodeJS.ProcessEnv = {}, options: object = {}) =>
  Service.start({ fixture: 'background.mjs', hooks, env, options })

/** Returns the events of the application and the states since the signal, in their order. */
function eventsOf({ messages }: Service): unknown[] {
  const events = messages.map(({ hook, job, work, other, state }) => hook ?? job ?? work ?? other ?? state)
  return events.slice(events.indexOf('lameDuck')).filter((event) => event !== undefined && event !== 'ready')
}

const get = async (service: Service, path: string): Promise<string> => {
  const client = new RawClient(service.port).get(path)
  const [response] = await client.responses(1)
  client.end()
  return response!.body
}

describe('hooks', { timeout: 20_000 }, () => {
  test('of phase signal run at the signal: no further job is taken, the last one ends before the pool closes, and telemetry is last', async () => {
    const service = await start({ LAST_JOB: '900' })
    await service.waitFor(({ job }) => job === 'taken')
    service.signal()
    expect(await service.exited).toEqual(cleanExit)
    expect(eventsOf(service)).toEqual([
      'lameDuck',
      'jobs',
      'draining',
      'last one done',
      'closing',
      'pool',
      'telemetry',
      'terminated',
    ])
    expect(service.report).toMatchObject({
      outcome: 'graceful',
      hooks: [
        { name: 'jobs', phase: 'signal', outcome: 'done' },
        { name: 'pool', phase: 'drained', outcome: 'done' },
        { name: 'telemetry', phase: 'last', outcome: 'done' },
      ],
    })
  })

  test('of phase signal do not delay the requests, nor the requests them', async () => {
    const service = await start()
    const slow = get(service, '/?ms=700')
    await service.waitFor(({ job }) => job === 'taken')
    service.signal()
    expect(await slow).toBe('slow')
    expect(await service.exited).toEqual(cleanExit)
    const events = eventsOf(service)
    expect(events.indexOf('last one done')).toBeLessThan(events.indexOf('draining'))
  })

  test('of phase signal that never end are cut in time for the other hooks, and the exit code is 1', async () => {
    const service = await start({ LAST_JOB: 'never' }, { shutdownDelay: 100, timeout: 3_000 })
    service.signal()
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.report).toMatchObject({
      outcome: 'hook-failed',
      forced: [],
      hooks: [
        { name: 'jobs', outcome: 'timed-out' },
        { name: 'pool', outcome: 'done' },
        { name: 'telemetry', outcome: 'done' },
      ],
    })
  })

  test('of phase last run after the SIGTERM listener of other code, although it exits', async () => {
    const service = await start({ OTHER_LISTENER: '1' })
    service.signal()
    expect(await service.exited).toEqual(cleanExit)
    const events = eventsOf(service)
    expect(events.slice(events.indexOf('closing'))).toEqual([
      'closing',
      'pool',
      'other listener starts',
      'other listener ends',
      'telemetry',
      'terminated',
    ])
  })

  test('of phase last keep their time if that listener never ends', async () => {
    const service = await start({ OTHER_LISTENER: 'never' }, { shutdownDelay: 100, timeout: 3_000 })
    service.signal()
    await service.exited
    expect(service.report['hooks']).toMatchObject([
      { name: 'jobs', outcome: 'done' },
      { name: 'pool', outcome: 'done' },
      { name: 'telemetry', outcome: 'done' },
    ])
  })

  test('of phase drained that never end leave time to that listener', async () => {
    const service = await Service.start({
      fixture: 'background.mjs',
      hooks: [{ name: 'pool', ms: 60_000, timeout: 60_000 }],
      env: { OTHER_LISTENER: '1' },
      options: { shutdownDelay: 100, timeout: 4_000 },
    })
    service.signal()
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(eventsOf(service)).toContain('other listener ends')
    expect(service.report).toMatchObject({ outcome: 'hook-failed' })
  })

  test('run after a crash, too', async () => {
    const service = await start()
    service.send('crash')
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.report).toMatchObject({
      outcome: 'crashed',
      hooks: ['jobs', 'pool', 'telemetry'].map((name) => ({ name, outcome: 'done' })),
    })
  })
})

describe('background work', { timeout: 20_000 }, () => {
  test('delays the exit after its response, and the pool closes after it', async () => {
    const service = await start()
    expect(await get(service, '/accept?ms=1500')).toBe('accepted')
    const metrics = await service.probe('/metrics')
    expect(metrics.body).toContain('graceful_background_work 1\n')
    expect(metrics.body).toContain('graceful_requests_in_flight 0\n')
    service.signal()
    await service.waitFor(({ job }) => job === 'last one done')
    expect((await service.probe('/metrics')).body).toMatch(
      /^graceful_hook_duration_seconds\{hook="jobs",phase="signal",outcome="done"\} 0\.\d+$/m,
    )
    expect(await service.exited).toEqual(cleanExit)
    const events = eventsOf(service)
    expect(events.slice(events.indexOf('draining'))).toEqual([
      'draining',
      'end',
      'closing',
      'pool',
      'telemetry',
      'terminated',
    ])
  })

  test('that does not end is cut in time for the hooks; the log and the report name it, and the exit code is 1', async () => {
    const service = await start({}, { shutdownDelay: 100, timeout: 3_000 })
    for (const ms of ['never', 'never', '0']) await get(service, `/accept?ms=${ms}`)
    service.signal()
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.report).toMatchObject({
      outcome: 'forced',
      forced: [],
      abandoned: [{ name: 'mail', count: 2, oldestMs: expect.any(Number) as number }],
      hooks: ['jobs', 'pool', 'telemetry'].map((name) => ({ name, outcome: 'done' })),
    })
    expect(service.messages).toContainEqual(
      expect.objectContaining({
        level: 'error',
        message: expect.stringMatching(/^graceful: stopped waiting for background work 'mail' \(2 pending/) as string,
      }),
    )
  })

  test('that fails is logged, and the service continues', async () => {
    const service = await start()
    expect(await get(service, '/accept?ms=fails')).toBe('accepted')
    const message = "graceful: background work 'mail' failed"
    const failure = await service.waitFor((line) => line['message'] === message)
    expect(failure).toMatchObject({ level: 'error', work: 'mail', error: 'the mail server is away' })
    expect(await get(service, '/accept?ms=0')).toBe('accepted')
    service.signal()
    expect(await service.exited).toEqual(cleanExit)
  })
})
