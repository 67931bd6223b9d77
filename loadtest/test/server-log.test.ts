import { describe, expect, it } from 'vitest'
import { cloudCommunal } from '../src/profile/cloud-communal.ts'
import { ServerLog } from '../src/server-log.ts'

const line = (fields: object): string =>
  JSON.stringify({ level: 'info', msg: 'request', outcome: 'finished', ...fields })
const create = (): ServerLog => new ServerLog('zd-run', cloudCommunal.serverLog)

describe("the servers' logs", () => {
  it('tell which pod executed a request, how often, and whether it sent the whole response', () => {
    const log = create()
    log.line('pod-a', line({ requestId: 'zd-run-1' }))
    log.line('pod-b', line({ requestId: 'zd-run-2', outcome: 'aborted' }))
    log.line('pod-a', line({ requestId: 'zd-run-zz' }))
    log.line('pod-b', line({ requestId: 'zd-run-zz' }))
    expect(log.of('zd-run-1')).toEqual({ pod: 'pod-a', times: 1, finished: true })
    expect(log.of('zd-run-2')).toEqual({ pod: 'pod-b', times: 1, finished: false })
    expect(log.of('zd-run-3')).toBeUndefined()
    expect(log.summary()).toEqual({ executed: 3, executedTwice: 1, executedTwiceIds: ['zd-run-zz'] })
  })

  it.each([
    ['another run', line({ requestId: 'zd-other-1' })],
    ['a line of another kind', line({ requestId: 'zd-run-1', msg: 'request started' })],
    ['an id that only begins like ours', line({ requestId: 'zd-run-!' })],
    ['a number beyond any run', line({ requestId: 'zd-run-zzzzzzzzz' })],
    ['no JSON', 'zd-run-1 request finished'],
    ['JSON that is no object', '"zd-run-1"'],
    ['nothing', ''],
  ])('%s is passed over', (_, text) => {
    const log = create()
    log.line('pod-a', text)
    expect(log.summary()).toBeUndefined()
  })

  it('of a service whose log is not described say nothing', () => {
    const log = new ServerLog('zd-run', undefined)
    log.line('pod-a', line({ requestId: 'zd-run-1' }))
    expect(log.summary()).toBeUndefined()
  })
})
