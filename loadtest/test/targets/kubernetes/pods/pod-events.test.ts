import { expect, test } from 'vitest'
import type { EndpointSlice, Pod } from '../../../../src/targets/kubernetes/api/objects.js'
import { PodEvents } from '../../../../src/targets/kubernetes/pods/pod-events.js'
import type { TargetEvent } from '../../../../src/targets/target.js'

const pods = new Map([['a', { metadata: { name: 'a' }, spec: { containers: [] } } satisfies Pod]])
const slice = (conditions: object, name = 'a'): EndpointSlice => ({
  metadata: { name: 'slice' },
  endpoints: [{ conditions, targetRef: { kind: 'Pod', name } }],
})

function told(...looks: readonly EndpointSlice[][]): string[] {
  const events: TargetEvent[] = []
  const podEvents = new PodEvents((event) => events.push(event), 'web')
  for (const slices of looks) podEvents.endpointsChanged(slices, pods)
  return events.map((event) =>
    event.type === 'endpoint-conditions'
      ? `${event.pod} ready ${event.ready} serving ${event.serving} terminating ${event.terminating}`
      : event.type,
  )
}

test('each change of endpoint conditions is reported once, in order, until the endpoint is gone', () => {
  const ready = slice({ ready: true, serving: true, terminating: false })
  expect(
    told(
      [ready],
      [ready],
      [slice({ ready: false, serving: true, terminating: true })],
      [slice({ ready: false, serving: false, terminating: true })],
      [],
    ),
  ).toEqual([
    'a ready true serving true terminating false',
    'endpoint-added',
    'a ready false serving true terminating true',
    'endpoint-removed',
    'a ready false serving false terminating true',
  ])
})

test('the readiest of several slices counts, an absent condition means ready, and pods of other workloads are ignored', () => {
  expect(told([slice({ ready: false }), slice({})])).toEqual([
    'a ready true serving true terminating false',
    'endpoint-added',
  ])
  expect(told([slice({ ready: true }, 'stranger')])).toEqual([])
})
