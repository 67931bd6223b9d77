import { describe, expect, test } from 'vitest'
import type { Pod } from '../../../src/targets/kubernetes/api/objects.js'
import type { FakeLogs } from '../../fixtures/fake-logs.js'
import { make, PODS, rollOut, sent, shop, start, useShop, WAIT, type Run } from '../../fixtures/shop.js'

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
  test('are open when the run begins, and go on to the last line of a pod that is deleted', async () => {
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

  test('lose and repeat nothing where the stream breaks, lines of one timestamp and out of order included', async () => {
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

  test('are read on where the API goes and comes back, and to the end at the end', async () => {
    const run = await reading()
    logs().print('shop-2-a', 'one')
    await expect.poll(() => of('shop-2-a', run), WAIT).toEqual(['one'])
    await shop.api.vanish()
    logs().print('shop-2-a', 'two')
    await shop.api.listen()
    // The stream may not be open again by then: what is left is read apart.
    await run.target.restore({ kept: true })
    expect(of('shop-2-a', run)).toEqual(['one', 'two'])
    expect(gaps(run)).toEqual([])
  })

  test('a container that is restarted: the rest of its log, then the new one from its start', async () => {
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

  test('what is lost is said: a pod deleted while nobody followed, a log that was rotated meanwhile', async () => {
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

  test('a sentence of the node in the place of a log is no line of it', async () => {
    const run = await reading()
    logs().print('shop-2-a', 'to retrieve container logs for containerd://1', 'unable')
    logs().print('shop-2-a', 'one')
    await expect.poll(() => of('shop-2-a', run), WAIT).toEqual(['one'])
    expect(gaps(run)).toEqual([
      'pod shop-2-a: its log cannot be had (unable to retrieve container logs for containerd://1)',
    ])
  })

  test('without the right to them the run goes on, and says what that means', async () => {
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
