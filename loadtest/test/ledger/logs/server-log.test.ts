import { describe, expect, it } from 'vitest'
import { cloudCommunal } from '../../../src/inputs/profile/cloud-communal.ts'
import type { ServerLogFormat } from '../../../src/inputs/profile/server-log-format.ts'
import { ServerLog } from '../../../src/ledger/logs/server-log.ts'

const ended = (fields: object): string =>
  JSON.stringify({ level: 'info', msg: 'request', outcome: 'finished', ...fields })
const started = (fields: object): string => JSON.stringify({ level: 'info', msg: 'request started', ...fields })
const number = (id: string): number => Number.parseInt(id, 36)
/** Even numbers are on reused connections. */
const ATTEMPTS = { size: 2_000, isReused: (attempt: number): boolean => attempt % 2 === 0 }
const create = (format: ServerLogFormat | undefined = cloudCommunal.serverLog): ServerLog =>
  new ServerLog('zd-run', format, ATTEMPTS)

describe('the server logs', () => {
  it('record which pod executed a request, how often, and whether it sent the whole response', () => {
    const log = create()
    log.line('pod-a', started({ requestId: 'zd-run-1' }))
    log.line('pod-a', ended({ requestId: 'zd-run-1' }))
    log.line('pod-b', started({ requestId: 'zd-run-2' }))
    log.line('pod-b', ended({ requestId: 'zd-run-2', outcome: 'aborted' }))
    log.line('pod-b', started({ requestId: 'zd-run-3' }))
    for (const pod of ['pod-a', 'pod-b']) {
      log.line(pod, started({ requestId: 'zd-run-zz' }))
      log.line(pod, ended({ requestId: 'zd-run-zz' }))
    }
    expect(log.of(1)).toMatchObject({ pod: 'pod-a', earlierPod: undefined, times: 1, end: 'finished' })
    expect(log.of(2)).toMatchObject({ pod: 'pod-b', end: 'aborted' })
    expect(log.of(3)).toMatchObject({ pod: 'pod-b', end: 'unknown' })
    expect(log.of(number('zz'))).toMatchObject({ pod: 'pod-b', earlierPod: 'pod-a', times: 2, end: 'finished' })
    expect(log.of(4)).toBeUndefined()
    expect(log.summary()).toEqual({
      executed: 4,
      startsKnown: true,
      gaps: 0,
      executedTwice: 1,
      executedTwiceIds: ['zd-run-zz'],
    })
  })

  it("record when a handler started and ended, by the server's clock", () => {
    const log = create()
    const began = Date.now() - 20_000
    log.line('pod-a', started({ requestId: 'zd-run-1', time: new Date(began).toISOString() }))
    expect(log.of(1)).toMatchObject({ startedAt: expect.closeTo(began, -0.5) as number, endedAt: undefined })
    log.line('pod-a', ended({ requestId: 'zd-run-1', time: new Date(began + 13_000).toISOString() }))
    const { startedAt = 0, endedAt = 0 } = log.of(1) ?? {}
    expect(endedAt - startedAt).toBe(13_000)
  })

  it('may come in any order', () => {
    const log = create()
    log.line('pod-a', ended({ requestId: 'zd-run-1' }))
    log.line('pod-a', started({ requestId: 'zd-run-1' }))
    expect(log.of(1)).toMatchObject({ times: 1, end: 'finished' })
  })

  it('report if they do not record starts', () => {
    const log = create()
    log.line('pod-a', ended({ requestId: 'zd-run-1' }))
    expect(log.summary()).toMatchObject({ executed: 1, startsKnown: false })
  })

  it('record when the listener closed, and the last arrivals on new and reused connections', () => {
    const log = create()
    const times = ['10:00:00.000', '10:00:02.500', '10:00:01.000', '10:00:02.000']
    for (const [index, time] of times.entries()) {
      log.line('pod-a', started({ requestId: `zd-run-${index + 1}`, time: `2026-01-01T${time}Z` }))
    }
    log.line(
      'pod-a',
      JSON.stringify({ msg: 'graceful: lameDuck -> draining', state: 'draining', time: 1_767_261_605e3 }),
    )
    expect(log.pod('pod-a')).toEqual({
      listenerClosedAt: 1_767_261_605_000,
      sourcesSilentAt: null,
      lastFreshArrivalAt: Date.parse('2026-01-01T10:00:01.000Z'),
      lastReusedArrivalAt: Date.parse('2026-01-01T10:00:02.500Z'),
    })
    expect(log.pod('pod-b')).toBeUndefined()
  })

  it('have no time after their arrival, even from a clock that is ahead', () => {
    const log = create()
    log.line('pod-a', JSON.stringify({ state: 'draining', time: '2200-01-01T00:00:00Z' }))
    expect(log.pod('pod-a')?.listenerClosedAt).toBeLessThanOrEqual(Date.now() + 1)
  })

  it('of any format are read with patterns, and ids are found anywhere in a line', () => {
    const log = create({
      started: { pattern: /begin/u },
      ended: { pattern: /(?:done|gone)/u },
      finished: { pattern: /done/u },
      listenerClosed: { pattern: /closing listener/u },
    })
    log.line('pod-a', '2026/01/01 10:00:00 begin GET / rid=zd-run-1 from 10.0.0.1')
    log.line('pod-a', '2026/01/01 10:00:00 done GET / rid=zd-run-1 200')
    log.line('pod-a', '[zd-run-2] gone after 3 ms')
    log.line('pod-a', 'closing listener')
    log.line('pod-a', 'begin rid=zd-run-000000039, which is not how numbers are written')
    expect(log.summary()?.executed).toBe(2)
    expect(log.of(1)).toMatchObject({ pod: 'pod-a', end: 'finished' })
    expect(log.of(2)).toMatchObject({ end: 'aborted' })
    expect(log.pod('pod-a')?.listenerClosedAt).toBeGreaterThan(0)
  })

  it.each([
    ['another run', ended({ requestId: 'zd-other-1' })],
    ['a line of another kind', ended({ requestId: 'zd-run-1', msg: 'request queued' })],
    ['an id that only begins with the prefix', ended({ requestId: 'zd-run-!' })],
    ['text after the id', ended({ requestId: 'zd-run-1 or so' })],
    ['an unknown number', ended({ requestId: 'zd-run-zzz' })],
    ['a number beyond any run', ended({ requestId: 'zd-run-zzzzzzzzz' })],
    ['number 0', ended({ requestId: 'zd-run-0' })],
    ['no JSON', 'zd-run-1 request finished'],
    ['JSON that is no object', '"zd-run-1"'],
    ['half a line of JSON', ended({ requestId: 'zd-run-1' }).slice(0, -2)],
    ['nothing', ''],
  ])('ignore: %s', (_, text) => {
    const log = create()
    log.line('pod-a', text)
    expect(log.summary()).toBeUndefined()
  })

  it('are unknown without a log format', () => {
    const log = new ServerLog('zd-run', undefined, ATTEMPTS)
    log.line('pod-a', ended({ requestId: 'zd-run-1' }))
    expect(log.summary()).toBeUndefined()
  })
})
