import { describe, expect, test } from 'vitest'
import { WAIT, POD, manifestsWith, make, start, roll, ofType, get } from '../../fixtures/local-target.ts'

describe.concurrent('a new version that does not become available', () => {
  test('because it crashes fails with the exit code and the last output, and the old pods serve on', async (context) => {
    const run = make(context, { toCommand: ['/usr/bin/env', 'MODE=crash', process.execPath, POD] })
    await start(run)
    const outcome = await roll(run)
    expect(outcome).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(
        /^v2 does not start: pod shop-\S+ ended 2 times \(exit code 3\); its last output: .*reading the configuration \| FATAL: no configuration$/u,
      ),
    })
    expect(run.events.at(-1)).toMatchObject({ type: 'rollout-failed' })
    expect(ofType(run.events, 'container-ended').map(({ exitCode }) => exitCode)).toEqual([3, 3])
    expect(ofType(run.events, 'pod-terminating')).toEqual([])
    expect((await get(run.target.urls[0] ?? '')).version).toBe('v1')
  })

  test('because it is never ready fails at the progress deadline', async (context) => {
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

  test('because its command does not exist fails at the first pod', async (context) => {
    const run = make(context, { toCommand: ['no-such-program'] })
    await start(run)
    expect(await roll(run)).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('cannot start no-such-program: ENOENT'),
    })
  })
})

test.concurrent('a pod whose liveness probe fails is restarted, and its endpoint follows its readiness', async (context) => {
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
  // The endpoint was never terminating: only the readiness probe removed it.
  const about = run.events
    .filter((event) => 'pod' in event && event.pod === pod && !('through' in event))
    .map(({ type }) => type)
  expect(about.slice(0, 3)).toEqual(['pod-created', 'pod-ready', 'endpoint-added'])
  expect(about).not.toContain('pod-terminating')
  expect(about.filter((type) => type === 'endpoint-removed').length).toBe(1)
})
