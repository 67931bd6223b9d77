import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ContainerStatus, Pod, Workload } from '../../../../src/targets/kubernetes/api/objects.js'
import { describeWaiting, FailureWatch } from '../../../../src/targets/kubernetes/pods/pod-failures.js'

const deployment: Workload = {
  metadata: { name: 'shop' },
  spec: { selector: {}, template: { spec: { containers: [] } } },
}

const pod = (status: Pod['status'] = {}): Pod => ({
  metadata: { name: 'shop-1-a' },
  spec: { containers: [{ name: 'web', image: 'shop:v3' }] },
  status: { phase: 'Pending', ...status },
})
const container = (status: Partial<ContainerStatus>): Pod =>
  pod({ containerStatuses: [{ name: 'web', ready: false, restartCount: 0, ...status }] })

const backOff = container({ state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off' } } })
const errPull = container({ state: { waiting: { reason: 'ErrImagePull', message: 'not found' } } })
const crashed = { terminated: { exitCode: 3, reason: 'Error' } }
const crashLoop = container({ restartCount: 2, lastState: crashed, state: { waiting: { reason: 'CrashLoopBackOff' } } })

/** Shows the pods of one second after the other. Returns after how many seconds a failure counted, and which. */
function watch(...seconds: readonly Pod[]): [number, string] | undefined {
  const failures = new FailureWatch()
  for (const [second, each] of seconds.entries()) {
    const failure = failures.lasting(deployment, [each])
    if (failure !== undefined) return [second, failure.text]
    vi.advanceTimersByTime(1_000)
  }
  return undefined
}
const times = (count: number, each: Pod): Pod[] => Array.from({ length: count }, () => each)

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

describe('a failure of a pod counts after it has lasted', () => {
  test('an image that cannot be pulled, for any of its reasons', () => {
    const [second, text] = watch(...times(12, errPull), ...times(30, backOff)) ?? []
    expect([second, text]).toEqual([
      20,
      'pod shop-1-a, container web: the image shop:v3 cannot be pulled: ImagePullBackOff: Back-off',
    ])
  })

  test('one failed pull before a successful one does not count', () => {
    const running = container({ state: { running: {} } })
    expect(watch(...times(15, errPull), running, ...times(15, errPull))).toBeUndefined()
  })

  test('repeated crashes, whether the container waits, runs or has ended', () => {
    const runs = container({ restartCount: 2, lastState: crashed, state: { running: {} } })
    const ended = container({ restartCount: 2, lastState: crashed, state: crashed })
    const [second, text] = watch(...times(10, crashLoop), runs, ended, ...times(20, crashLoop)) ?? []
    expect([second, text]).toEqual([
      20,
      'pod shop-1-a, container web has been restarted 2 times, and ended last with exit code 3',
    ])
  })

  test('one crash before a slow start does not count', () => {
    expect(
      watch(...times(60, container({ restartCount: 1, lastState: crashed, state: { running: {} } }))),
    ).toBeUndefined()
  })

  test('a pod that cannot be scheduled', () => {
    const unschedulable = pod({
      conditions: [
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/2 nodes are available' },
      ],
    })
    expect(watch(...times(30, unschedulable))).toEqual([
      20,
      'pod shop-1-a cannot be scheduled: Unschedulable 0/2 nodes are available',
    ])
  })

  test('pods that cannot be created', () => {
    const conditions = [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota' }]
    const failing = { ...deployment, status: { conditions } }
    const failures = new FailureWatch()
    expect(failures.lasting(failing, [])).toBeUndefined()
    vi.advanceTimersByTime(20_000)
    expect(failures.lasting(failing, [])?.text).toBe('new pods cannot be created: exceeded quota')
  })

  test('a pod that is ready or terminating has no failure', () => {
    const ready = { ...crashLoop, status: { ...crashLoop.status, conditions: [{ type: 'Ready', status: 'True' }] } }
    const going = { ...crashLoop, metadata: { name: 'a', deletionTimestamp: 'now' } }
    expect(watch(...times(30, ready))).toBeUndefined()
    expect(watch(...times(30, going))).toBeUndefined()
  })
})

test('the message of a timeout describes what the new pods wait for', () => {
  expect(describeWaiting([])).toBe(': no new pod was created')
  expect(describeWaiting([container({ state: { running: {} } })])).toBe(
    ': pod shop-1-a runs, but is not ready: its startup or readiness probe fails',
  )
  expect(describeWaiting([pod()])).toBe(': pod shop-1-a is Pending')
  expect(describeWaiting([pod({ conditions: [{ type: 'Ready', status: 'True' }] })])).toBe('')
})
