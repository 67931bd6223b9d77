import { describe, expect, it } from 'vitest'
import { Timeline } from '../../../src/verdict/story/timeline.ts'

function rollout(): Timeline {
  const timeline = new Timeline()
  timeline.add({ at: 100, type: 'pod-created', pod: 'old', version: 'v1' })
  timeline.add({ at: 200, type: 'pod-ready', pod: 'old' })
  timeline.add({ at: 1_000, type: 'pod-terminating', pod: 'old' })
  timeline.add({ at: 1_050, type: 'endpoint-removed', pod: 'old' })
  timeline.add({ at: 1_100, type: 'endpoint-removed', pod: 'old', through: 'a' })
  timeline.add({ at: 1_900, type: 'endpoint-removed', pod: 'old', through: 'b' })
  timeline.add({ at: 3_000, type: 'pod-terminating', pod: 'old-2' })
  timeline.add({ at: 5_000, type: 'pod-gone', pod: 'old', exitCode: 1, killed: false })
  timeline.add({ at: 6_000, type: 'watch-gap', detail: 'test' })
  return timeline
}

describe('the timeline', () => {
  it('records the life of each pod', () => {
    expect(rollout().pods[0]).toEqual({
      pod: 'old',
      life: 1,
      version: 'v1',
      createdAt: 100,
      readyAt: 200,
      unreadyAt: null,
      terminatingAt: 1_000,
      killedAt: null,
      endpointRemovedAt: 1_050,
      firstEndpointRemovedAt: 1_050,
      lastEndpointRemovedAt: 1_900,
      goneAt: 5_000,
      exitedAt: null,
      exitCode: 1,
      killed: false,
      socketClosedAt: null,
      waitingAtClose: null,
      wrapper: null,
    })
    expect(rollout().terminations.map(({ pod }) => pod)).toEqual(['old', 'old-2'])
  })

  it('keeps two pods of one name apart, as in a StatefulSet', () => {
    const timeline = new Timeline()
    timeline.add({ at: 100, type: 'pod-created', pod: 'web-0', version: 'v1' })
    timeline.add({ at: 200, type: 'pod-ready', pod: 'web-0' })
    timeline.add({ at: 1_000, type: 'pod-terminating', pod: 'web-0' })
    timeline.add({ at: 1_100, type: 'pod-unready', pod: 'web-0' })
    timeline.add({ at: 3_000, type: 'pod-gone', pod: 'web-0', exitCode: 0, killed: false })
    timeline.add({ at: 3_100, type: 'pod-created', pod: 'web-0', version: 'v2' })
    timeline.add({ at: 4_000, type: 'pod-ready', pod: 'web-0' })
    expect(timeline.pods).toMatchObject([
      { pod: 'web-0', life: 1, version: 'v1', readyAt: 200, terminatingAt: 1_000, goneAt: 3_000 },
      { pod: 'web-0', life: 2, version: 'v2', readyAt: 4_000, terminatingAt: null, goneAt: null },
    ])
    expect(timeline.terminations).toHaveLength(1)
    expect([500, 3_099, 3_100, 9_000].map((at) => timeline.pod('web-0', at)?.life)).toEqual([1, 1, 2, 2])
    expect(timeline.phaseAt(2_000, 'web-0')).toBe('+1000 ms after web-0 got SIGTERM')
    expect(timeline.phaseAt(5_000, 'web-0')).toMatch(/^web-0 had not got SIGTERM; /)
    // The first pod failed its readiness while it ended. That does not concern the second.
    expect([3_500, 5_000].map((at) => timeline.isUnready(at))).toEqual([false, false])
  })

  it('knows when each load balancer removed a pod, if it reports that', () => {
    const timeline = rollout()
    expect([timeline.switchedAt('old', 'a'), timeline.switchedAt('old', 'b')]).toEqual([1_100, 1_900])
    expect([timeline.switchedAt('old', 'c'), timeline.switchedAt('old-2', 'a')]).toEqual([undefined, undefined])
  })

  it('knows when a pod that was not ending failed its readiness', () => {
    const timeline = new Timeline()
    for (const pod of ['failing', 'leaving']) {
      timeline.add({ at: 0, type: 'pod-ready', pod })
      if (pod === 'leaving') timeline.add({ at: 900, type: 'pod-terminating', pod })
      timeline.add({ at: 1_000, type: 'pod-unready', pod })
      if (pod === 'failing') timeline.add({ at: 3_000, type: 'pod-ready', pod })
    }
    const unready = [900, 1_000, 2_000, 20_000, 34_000].map((at) => timeline.isUnready(at))
    expect(unready).toEqual([false, true, true, true, false])
    timeline.add({ at: 40_000, type: 'pod-gone', pod: 'failing', exitCode: 1, killed: false })
    expect(timeline.isUnready(40_000)).toBe(false)
  })

  it.each([
    ['its process ended', false],
    ['livenessProbe failed: no response within 1 s', true],
  ])('a container that ended because "%s": readiness failed is %s', (reason, unready) => {
    const timeline = new Timeline()
    timeline.add({ at: 0, type: 'pod-ready', pod: 'one' })
    timeline.add({ at: 1_600, type: 'pod-unready', pod: 'one' })
    timeline.add({ at: 1_000, type: 'container-ended', pod: 'one', exitCode: 1, reason })
    expect(timeline.isUnready(2_000)).toBe(unready)
  })

  it('records gaps', () => {
    const timeline = rollout()
    timeline.add({ at: 7_000, type: 'log-gap', detail: 'lines of old' })
    expect(timeline.gaps).toEqual([
      { at: 6_000, of: 'watch', detail: 'test' },
      { at: 7_000, of: 'log', detail: 'lines of old' },
    ])
  })

  it.each([
    [900, undefined, 'before any pod got SIGTERM'],
    [1_012, undefined, '+12 ms after old got SIGTERM'],
    [3_500, undefined, '+500 ms after old-2 got SIGTERM'],
    [3_500, 'old', '+2500 ms after old got SIGTERM'],
    [5_250, 'old', '+250 ms after old was gone'],
    [1_500, 'old-2', 'old-2 had not got SIGTERM; +500 ms after old got SIGTERM'],
    [3_500, 'an unknown pod', '+500 ms after old-2 got SIGTERM'],
  ])('names the phase at %i for %s: %s', (at, pod, phase) => {
    expect(rollout().phaseAt(at, pod)).toBe(phase)
  })
})
