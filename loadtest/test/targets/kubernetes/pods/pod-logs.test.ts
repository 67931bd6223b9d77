import { describe, expect, test } from 'vitest'
import type { Pod } from '../../../../src/targets/kubernetes/api/objects.js'
import type { FakeLogs } from '../../../fixtures/fake-logs.js'
import { make, PODS, rollOut, sent, shop, start, useShop, WAIT, type Run } from '../../../fixtures/shop.js'

useShop()

interface Read extends Run {
  readonly lines: string[]
}

async function reading(): Promise<Read> {
  const lines: string[] = []
  const run = make({ onPodOutput: (pod, line) => lines.push(`${pod}: ${line}`) })
  await start(run)
  return { ...run, lines }
}

const gaps = ({ events }: Run): string[] => events.flatMap((event) => (event.type === 'log-gap' ? event.detail : []))
const logs = (): FakeLogs => shop.api.logs
const of = (pod: string, { lines }: Read): string[] =>
  lines.filter((line) => line.startsWith(pod)).map((line) => line.slice(pod.length + 2))

const stamp = (fraction: string): string => `${new Date().toISOString().slice(0, 19)}.${fraction}Z`

function restart(pod: string): void {
  const known = shop.api.get<Pod>(PODS, pod)
  logs().restart(pod)
  shop.api.put(PODS, {
    ...known,
    status: {
      ...known?.status,
      containerStatuses: [{ name: 'web', ready: true, restartCount: 1, state: { running: {} } }],
    },
  })
}

describe('the logs of the pods', () => {
  test('are open when the run begins, and are read to the last line of a deleted pod', async () => {
    for (const line of ['long before', 'before']) logs().print('shop-2-a', line, '2020-01-01T00:00:00.000000000Z')
    const run = await reading()
    expect(logs().followed.toSorted()).toEqual(['shop-2-a', 'shop-2-b'])
    const rolling = run.target.rollout(new AbortController().signal)
    await sent(1)
    logs().print('shop-2-a', 'one')
    logs().print('shop-2-a', 'last')
    rollOut()
    expect(await rolling).toEqual({ status: 'finished' })
    await expect.poll(() => logs().followed.toSorted(), WAIT).toEqual(['shop-3-a', 'shop-3-b'])
    logs().print('shop-3-a', 'hello')
    await run.target.restore({ kept: true })
    expect(of('shop-2-a', run)).toEqual(['before', 'one', 'last'])
    expect(of('shop-3-a', run)).toEqual(['hello'])
    expect(gaps(run)).toEqual([])
  })

  test('lose and repeat no line after a break, including lines with equal or unordered timestamps', async () => {
    const run = await reading()
    const [earlier, later] = [stamp('100000000'), stamp('200000000')]
    logs().print('shop-2-a', 'one', later)
    logs().print('shop-2-a', 'two', later)
    await expect.poll(() => of('shop-2-a', run), WAIT).toEqual(['one', 'two'])
    logs().break('shop-2-a', `${later} thr`)
    await expect.poll(() => logs().followed, WAIT).not.toContain('shop-2-a')
    logs().print('shop-2-a', 'three', later)
    logs().print('shop-2-a', 'late', earlier)
    await expect.poll(() => logs().followed, WAIT).toContain('shop-2-a')
    logs().print('shop-2-a', 'four')
    await expect.poll(() => of('shop-2-a', run), WAIT).toEqual(['one', 'two', 'three', 'late', 'four'])
    expect(gaps(run)).toEqual([])
  })

  test('continue after an outage of the API, and are read to their end by restore', async () => {
    const run = await reading()
    logs().print('shop-2-a', 'one')
    await expect.poll(() => of('shop-2-a', run), WAIT).toEqual(['one'])
    await shop.api.vanish()
    logs().print('shop-2-a', 'two')
    await shop.api.listen()
    // The stream may still be closed, so restore reads the remaining lines in a separate call.
    await run.target.restore({ kept: true })
    expect(of('shop-2-a', run)).toEqual(['one', 'two'])
    expect(gaps(run)).toEqual([])
  })

  test('after a restart of the container continue with the rest of the old log and then the new log', async () => {
    const run = await reading()
    logs().print('shop-2-a', 'one')
    await expect.poll(() => of('shop-2-a', run), WAIT).toEqual(['one'])
    logs().break('shop-2-a')
    await expect.poll(() => logs().followed, WAIT).not.toContain('shop-2-a')
    logs().print('shop-2-a', 'two')
    restart('shop-2-a')
    logs().print('shop-2-a', 'again')
    await expect.poll(() => of('shop-2-a', run), WAIT).toEqual(['one', 'two', 'again'])
    expect(gaps(run)).toEqual([])
  })

  test('report lost lines of a pod deleted during a break, and of a log rotated during a break', async () => {
    const run = await reading()
    logs().print('shop-2-a', 'one')
    logs().print('shop-2-b', 'one')
    await expect.poll(() => run.lines.length, WAIT).toBe(2)
    logs().rotate('shop-2-a')
    logs().break('shop-2-a')
    await expect.poll(() => logs().followed, WAIT).not.toContain('shop-2-a')
    logs().print('shop-2-a', 'after', new Date(Date.now() + 5_000).toISOString())
    await expect
      .poll(() => gaps(run), WAIT)
      .toEqual(['pod shop-2-a: its log was rotated while it was not followed: lines may be missing'])

    await shop.api.vanish()
    shop.api.remove(PODS, 'shop-2-b')
    await shop.api.listen()
    await expect
      .poll(() => gaps(run), WAIT)
      .toContain('pod shop-2-b: it was deleted while its log was not followed: its last lines are lost')
  })

  test('do not contain the error message that a node sends in place of a log', async () => {
    const run = await reading()
    logs().print('shop-2-a', 'to retrieve container logs for containerd://1', 'unable')
    logs().print('shop-2-a', 'one')
    await expect.poll(() => of('shop-2-a', run), WAIT).toEqual(['one'])
    expect(gaps(run)).toEqual([
      'pod shop-2-a: its log cannot be read (unable to retrieve container logs for containerd://1)',
    ])
  })

  test('are optional: without the right to read them the run continues and reports the consequence', async () => {
    shop.api.denied.add('get pods/log')
    const run = await reading()
    logs().print('shop-2-a', 'one')
    expect(gaps(run)).toEqual([
      "the right to read the logs of pods in namespace store is missing, so this run is judged from the clients' side alone: grant it with 'kubectl -n store create role zero-drop-logs --verb=get --resource=pods/log' and a rolebinding to it",
    ])
    expect(logs().followed).toEqual([])
    expect(run.lines).toEqual([])
  })
})
