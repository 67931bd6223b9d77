import { describe, expect, test } from 'vitest'
import { WAIT, POD, manifestsWith, make, start, roll, ofType, get } from '../../fixtures/local-target.ts'

describe.concurrent('a new version that does not come up', () => {
  test('crashes: the reason holds exit code and last output, the old pods serve on', async (context) => {
    const run = make(context, { toCommand: ['/usr/bin/env', 'MODE=crash', process.execPath, POD] })
    await start(run)
    const outcome = await roll(run)
    expect(outcome).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(
        /^v2 does not come up: pod shop-\S+ ended 2 times \(exit code 3\); its last output: .*reading the configuration \| FATAL: no configuration$/u,
      ),
    })
    expect(run.events.at(-1)).toMatchObject({ type: 'rollout-failed' })
    expect(ofType(run.events, 'container-ended').map(({ exitCode }) => exitCode)).toEqual([3, 3])
    expect(ofType(run.events, 'pod-terminating')).toEqual([])
    expect((await get(run.target.urls[0] ?? '')).version).toBe('v1')
  })

  test('is never ready: the progress deadline ends it', async (context) => {
    const manifests = manifestsWith(context, {
      'progressDeadlineSeconds: 20': 'progressDeadlineSeconds: 4',
      'replicas: 3': 'replicas: 1',
    })
    const run = make(context, { manifests, toCommand: ['/usr/bin/env', 'MODE=never-ready', process.execPath, POD] })
    await start(run)
    expect(await roll(run)).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(
        /^no progress for 4 s \(progressDeadlineSeconds\): pod shop-\S+ is not ready \(GET \/readyz: status 503\); its last output: shop-\S+ v2 listens on \d+$/u,
      ),
    })
    expect((await get(run.target.urls[0] ?? '')).version).toBe('v1')
  })

  test('a command that is not there fails at the first pod', async (context) => {
    const run = make(context, { toCommand: ['no-such-program'] })
    await start(run)
    expect(await roll(run)).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('cannot start no-such-program: ENOENT'),
    })
  })
})

test.concurrent('a pod that fails liveness is restarted, and its endpoint goes and comes with its readiness', async (context) => {
  const run = make(context, { env: { MODE: 'wedged' } })
  await start(run)
  const url = run.target.urls[0] ?? ''
  const { pod } = await get(`${url}/wedge`)
  await context.expect.poll(() => ofType(run.events, 'container-ended').length, WAIT).toBe(1)
  expect(ofType(run.events, 'container-ended')[0]).toMatchObject({
    pod,
    reason: 'livenessProbe failed: GET /livez: status 503',
  })
  const readied = (): number => ofType(run.events, 'pod-ready').filter((event) => event.pod === pod).length
  await context.expect.poll(readied, WAIT).toBe(2)
  // It was never terminating: only its readiness took it out.
  const about = run.events
    .filter((event) => 'pod' in event && event.pod === pod && !('through' in event))
    .map(({ type }) => type)
  expect(about.slice(0, 3)).toEqual(['pod-created', 'pod-ready', 'endpoint-added'])
  expect(about).not.toContain('pod-terminating')
  expect(about.filter((type) => type === 'endpoint-removed').length).toBe(1)
})
