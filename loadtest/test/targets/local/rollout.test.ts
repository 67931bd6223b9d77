import { describe, expect, test } from 'vitest'
import { chooseScenario } from '../../../src/scenarios/index.ts'
import { manifestsWith, make, start, roll, ofType, versions, names, place, get } from '../../fixtures/local-target.ts'

describe.concurrent('a rolling update', () => {
  test('follows the Deployment controller and the kubelet, and reports each step as an event', async (context) => {
    const run = make(context)
    await start(run)
    expect(run.target.urls.length).toBe(3)
    expect(run.target.description).toBe(
      'shop on this machine (3 processes behind 3 load balancers): set-image from v1 to v2',
    )
    expect((await Promise.all(run.target.urls.map(get))).map(({ version }) => version)).toEqual(['v1', 'v1', 'v1'])
    const began = run.events.length
    expect(await roll(run)).toEqual({ status: 'finished' })
    expect((await Promise.all(run.target.urls.map(get))).map(({ version }) => version)).toEqual(['v2', 'v2', 'v2'])

    const events = run.events.slice(began)
    expect(events[0]?.type).toBe('rollout-started')
    expect(events.at(-1)?.type).toBe('rollout-finished')
    const [created, going, gone] = [
      ofType(events, 'pod-created'),
      ofType(events, 'pod-terminating'),
      ofType(events, 'pod-gone'),
    ]
    expect(created.map(({ version }) => version)).toEqual(['v2', 'v2', 'v2'])
    expect(new Set(created.map(({ pod }) => pod)).size).toBe(3)
    expect(created.every(({ pod }) => /^shop-[b-z2-9]{10}-[b-z2-9]{5}$/u.test(pod))).toBe(true)
    expect(gone.map(({ exitCode, killed }) => [exitCode, killed])).toEqual([
      [0, false],
      [0, false],
      [0, false],
    ])

    // At every moment: at most replicas + maxSurge pods, and at least replicas − maxUnavailable ready ones.
    const alive = new Set(ofType(run.events.slice(0, began), 'pod-created').map(({ pod }) => pod))
    const ready = new Set(alive)
    for (const event of events) {
      if (event.type === 'pod-created') alive.add(event.pod)
      if (event.type === 'pod-ready') ready.add(event.pod)
      if (event.type === 'pod-terminating') alive.delete(event.pod)
      if (event.type === 'pod-terminating' || event.type === 'pod-unready') ready.delete(event.pod)
      expect(alive.size).toBeLessThanOrEqual(4)
      expect(ready.size).toBeGreaterThanOrEqual(3)
    }

    // The order of the events of each pod.
    for (const { pod } of created) {
      expect(place(events, 'pod-ready', pod)).toBeGreaterThan(place(events, 'pod-created', pod))
      expect(place(events, 'endpoint-added', pod)).toBe(place(events, 'pod-ready', pod) + 1)
    }
    for (const { pod } of going) {
      expect(place(events, 'endpoint-removed', pod)).toBe(place(events, 'pod-terminating', pod) + 1)
      expect(place(events, 'pod-gone', pod)).toBeGreaterThan(place(events, 'endpoint-removed', pod))
    }
    // An old pod is deleted only after a new one has been ready for minReadySeconds.
    for (const [index, { at }] of going.entries()) {
      const since = ofType(events, 'pod-ready')[index]?.at ?? Infinity
      expect(at - since).toBeGreaterThanOrEqual(1_000)
    }
    // Each balancer applies each change once, after the slice has changed.
    for (const { pod } of going) {
      const removals = ofType(events, 'endpoint-removed').filter((event) => event.pod === pod)
      expect(removals.length).toBe(4)
      expect(new Set(removals.map(({ through }) => through))).toEqual(new Set([undefined, ...run.target.urls]))
      expect(removals[0]?.through).toBeUndefined()
    }
    expect(run.output.filter((line) => line.includes('SIGTERM in')).length).toBe(3)
  })

  test('undo rolls from the newer version to the older one, and restart keeps the older one', async (context) => {
    const [undo, restart] = [
      make(context, { scenario: chooseScenario('undo') }),
      make(context, { scenario: chooseScenario('restart') }),
    ]
    await Promise.all([undo, restart].map(start))
    expect(await Promise.all([undo, restart].map(roll))).toEqual([{ status: 'finished' }, { status: 'finished' }])
    expect(versions(undo)).toEqual(['v2', 'v2', 'v2', 'v1', 'v1', 'v1'])
    expect(versions(restart)).toEqual(['v1', 'v1', 'v1', 'v1', 'v1', 'v1'])
    expect((await get(undo.target.urls[0] ?? '')).version).toBe('v1')
  })

  test('without surge deletes a pod before its replacement starts', async (context) => {
    const run = make(context, {
      manifests: manifestsWith(context, {
        'maxSurge: 1': 'maxSurge: 0',
        'maxUnavailable: 0': 'maxUnavailable: 1',
        'replicas: 3': 'replicas: 2',
      }),
    })
    await start(run)
    expect(await roll(run)).toEqual({ status: 'finished' })
    const order = run.events
      .filter(({ type }) => type === 'pod-created' || type === 'pod-terminating')
      .map(({ type }) => type)
    expect(order.slice(2)).toEqual(['pod-terminating', 'pod-created', 'pod-terminating', 'pod-created'])
  })

  test('with Recreate starts the first new pod after every old one is gone', async (context) => {
    const recreate = {
      'rollingUpdate:\n      maxSurge: 1\n      maxUnavailable: 0': 'type: Recreate',
      'replicas: 3': 'replicas: 2',
    }
    const run = make(context, { manifests: manifestsWith(context, recreate) })
    await start(run)
    expect(await roll(run)).toEqual({ status: 'finished' })
    const order = run.events.filter(({ type }) => type === 'pod-created' || type === 'pod-gone').map(({ type }) => type)
    expect(order).toEqual(['pod-created', 'pod-created', 'pod-gone', 'pod-gone', 'pod-created', 'pod-created'])
  })

  test('kills pods that ignore SIGTERM at the end of their grace period', async (context) => {
    const manifests = manifestsWith(context, {
      'terminationGracePeriodSeconds: 5': 'terminationGracePeriodSeconds: 2',
      'replicas: 3': 'replicas: 1',
    })
    const run = make(context, { manifests, env: { MODE: 'deaf' } })
    await start(run)
    expect(await roll(run)).toEqual({ status: 'finished' })
    const [gone] = ofType(run.events, 'pod-gone')
    const [going] = ofType(run.events, 'pod-terminating')
    expect(gone).toMatchObject({ exitCode: 137, killed: true })
    expect((gone?.at ?? 0) - (going?.at ?? 0)).toBeGreaterThanOrEqual(2_000)
  })

  test('runs the preStop sleep before SIGTERM, while the pod serves and is not an endpoint any more', async (context) => {
    const manifests = manifestsWith(context, {
      'ports:\n            - name: http':
        'lifecycle: { preStop: { sleep: { seconds: 2 } } }\n          ports:\n            - name: http',
      'replicas: 3': 'replicas: 1',
    })
    const signalled: number[] = []
    const run = make(context, {
      manifests,
      env: { MODE: 'naive' },
      onPodOutput: (_, line) => line.includes('SIGTERM') && signalled.push(Date.now()),
    })
    await start(run)
    expect(await roll(run)).toEqual({ status: 'finished' })
    const [going] = ofType(run.events, 'pod-terminating')
    expect((signalled[0] ?? 0) - (going?.at ?? Infinity)).toBeGreaterThanOrEqual(1_900)
  })

  test('generates the same pod names from the same seed', async (context) => {
    const [a, b] = [make(context, { seed: 7 }), make(context, { seed: 7 })]
    await Promise.all([a, b].map(start))
    expect(names(a)).toEqual(names(b))
  })
})
