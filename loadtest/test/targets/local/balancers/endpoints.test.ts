import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createRandom } from '../../../../src/base/random.js'
import { createEndpoints, usable, type Endpoint } from '../../../../src/targets/local/balancers/endpoints.js'
import { createPropagationDelay } from '../../../../src/targets/local/balancers/propagation.js'
import type { TargetEvent } from '../../../../src/targets/target.js'

const endpoint = (pod: string, change: Partial<Endpoint> = {}): Endpoint => ({
  pod,
  port: 1,
  ready: true,
  serving: true,
  terminating: false,
  ...change,
})
const terminating = { ready: false, terminating: true }

const told = (events: readonly TargetEvent[]): string[] =>
  events.map((event) =>
    `${event.type} ${'pod' in event ? event.pod : ''} ${'through' in event ? (event.through ?? '') : ''}`.trim(),
  )

describe('the endpoints of a proxy', () => {
  test('are the ready endpoints if there is one', () => {
    expect(usable([endpoint('a'), endpoint('b', terminating)]).map(({ pod }) => pod)).toEqual(['a'])
  })

  test('are the terminating endpoints that serve if none is ready', () => {
    const endpoints = [
      endpoint('a', terminating),
      endpoint('b', { ...terminating, serving: false }),
      endpoint('c', { ready: false }),
    ]
    expect(usable(endpoints).map(({ pod }) => pod)).toEqual(['a'])
  })
})

describe('the propagation of a change', () => {
  test('changes the slice at once, each subscriber after its own delay, and the route before the event', async () => {
    const events: TargetEvent[] = []
    const routes: string[] = []
    const endpoints = createEndpoints((event) => {
      events.push(event)
      if ('through' in event && event.through === 'http://slow') routes.push(`event ${event.type}`)
    })
    const subscriber = (url: string) => ({
      url,
      route: (next: readonly Endpoint[]) => routes.push(`${url} ${next.map(({ pod }) => pod).join()}`),
    })
    endpoints.publish([endpoint('a'), endpoint('b')])
    endpoints.subscribe(subscriber('http://quick'), () => 20)
    endpoints.subscribe(subscriber('http://slow'), () => 80)
    events.length = 0
    routes.length = 0

    endpoints.publish([endpoint('a', terminating), endpoint('b')])
    expect(told(events)).toEqual(['endpoint-removed a'])
    expect(routes).toEqual([])
    await endpoints.propagated()
    expect(told(events)).toEqual([
      'endpoint-removed a',
      'endpoint-removed a http://quick',
      'endpoint-removed a http://slow',
    ])
    expect(routes).toEqual(['http://quick b', 'http://slow b', 'event endpoint-removed'])
  })

  test('keeps the order: a fast change waits for a slow one before it', async () => {
    const delays = [120, 0, 0]
    const routes: string[] = []
    const endpoints = createEndpoints(() => {})
    endpoints.subscribe(
      { url: 'http://x', route: (next) => routes.push(next.map(({ pod }) => pod).join()) },
      () => delays.shift() ?? 0,
    )
    for (const pods of [['a'], ['a', 'b'], ['b']]) endpoints.publish(pods.map((pod) => endpoint(pod)))
    await sleep(30)
    expect(routes).toEqual([''])
    await endpoints.propagated()
    expect(routes).toEqual(['', 'a', 'a,b', 'b'])
  })

  test('ignores equal endpoints', () => {
    const events: TargetEvent[] = []
    const endpoints = createEndpoints((event) => events.push(event))
    endpoints.publish([endpoint('a')])
    endpoints.publish([endpoint('a')])
    expect(told(events)).toEqual(['endpoint-added a'])
  })

  test('ends with close, which also resolves pending waits', async () => {
    const routes: string[] = []
    const endpoints = createEndpoints(() => {})
    endpoints.subscribe({ url: 'http://x', route: (next) => routes.push(next.map(({ pod }) => pod).join()) }, () => 20)
    endpoints.publish([endpoint('a')])
    endpoints.close()
    await endpoints.propagated()
    await sleep(40)
    expect(routes).toEqual([''])
  })
})

function draw(...parameters: Parameters<typeof createPropagationDelay>): number[] {
  const delay = createPropagationDelay(...parameters)
  return Array.from({ length: 20_000 }, delay).toSorted((a, b) => a - b)
}

const at = (delays: readonly number[], quantile: number): number => delays[Math.floor(quantile * delays.length)] ?? 0

describe('propagation delays', () => {
  test('have the measured quantiles of kube-proxy by default', () => {
    const delays = draw(createRandom(1))
    expect(at(delays, 0.5)).toBeCloseTo(1_500, -2)
    expect(at(delays, 0.9)).toBeCloseTo(2_300, -2)
    expect(at(delays, 0.99) / 1_000).toBeCloseTo(6.8, 0)
    expect(Math.max(...delays)).toBeLessThanOrEqual(8_000)
  })

  test('are uniform between bounds, or from a list', () => {
    const bounded = draw(createRandom(2), { min: 100, max: 200 })
    expect([Math.floor(bounded[0] ?? 0), Math.ceil(bounded.at(-1) ?? 0)]).toEqual([100, 200])
    expect(new Set(draw(createRandom(3), [5, 50, 500]))).toEqual(new Set([5, 50, 500]))
  })

  test('of the named distributions are within their bounds', () => {
    const alb = draw(createRandom(7), 'alb')
    expect([alb[0], alb.at(-1)].map((ms) => Math.round((ms ?? 0) / 1_000))).toEqual([5, 25])
  })

  test.each([
    ['sync-1s', 1_000],
    ['sync-10s', 10_000],
  ] as const)(
    '%s: at once after a quiet time; else when the period is over, and all that came meanwhile with it',
    (kind, period) => {
      let moment = 5_000
      const delay = createPropagationDelay(createRandom(6), kind, () => moment)
      /** The time of a sync since the first change. Writing the rules takes less than 0.1 s. */
      const writtenAfter = (ms: number): number => {
        moment = 5_000 + ms
        return Math.floor((ms + delay()) / 100) * 100
      }
      expect(writtenAfter(0)).toBe(0)
      expect([0.2, 0.5, 0.9].map((part) => writtenAfter(part * period))).toEqual([period, period, period])
      expect(writtenAfter(1.1 * period)).toBe(2 * period)
      expect(writtenAfter(3.5 * period)).toBe(3.5 * period)
    },
  )

  test('are the same for the same seed', () => {
    expect(draw(createRandom(4))).toEqual(draw(createRandom(4)))
    expect(draw(createRandom(4))).not.toEqual(draw(createRandom(5)))
  })
})

test('a proxy never returns to an older state, in whatever order the timers of one moment fire', () => {
  const due: (() => void)[] = []
  const timers = vi.spyOn(globalThis, 'setTimeout').mockImplementation((callback: () => void) => {
    due.push(callback)
    return 0 as unknown as NodeJS.Timeout
  })
  onTestFinished(() => timers.mockRestore())
  const routes: string[] = []
  const endpoints = createEndpoints(() => undefined)
  const route = (next: readonly Endpoint[]): void => void routes.push(next.map(({ pod }) => pod).join())
  endpoints.subscribe({ url: 'http://proxy', route }, () => 10)
  for (const pods of ['a', 'a,b', 'b']) endpoints.publish(pods.split(',').map((pod) => endpoint(pod)))
  for (const fire of due.toReversed()) fire()
  expect(routes).toEqual(['', 'b'])
})
