import { describe, expect, it } from 'vitest'
import { blameFor } from '../../src/ledger/blame.ts'
import type { Blame } from '../../src/ledger/blame.ts'
import { toEpoch } from '../../src/base/clock.ts'
import type { Execution } from '../../src/ledger/logs/server-log.ts'

/** Given up after 10 s. */
const ROW = { startedAt: 5_000, endedAt: 15_000 }

/** Times are in seconds after the request was sent, by a clock that is `ahead` seconds ahead. */
function logged(end: Execution['end'], began?: number, over?: number, ahead = 0): Execution {
  const moment = (seconds: number | undefined): number | undefined =>
    seconds === undefined ? undefined : toEpoch(ROW.startedAt + (seconds + ahead) * 1_000)
  return { pod: 'old', earlierPod: undefined, times: 1, end, startedAt: moment(began), endedAt: moment(over) }
}

describe('the blame for a timeout', () => {
  it.each<[string, Execution | undefined, boolean, Blame]>([
    ['nothing known', undefined, false, undefined],
    ['no log, no CPU', undefined, true, 'machine'],
    ['sent at once, no CPU', logged('finished', 0, 0.01), true, 'machine'],
    ['sent at once', logged('finished', 0, 0.01), false, 'network'],
    ['sent just before the limit', logged('finished', 9, 9.5), false, undefined],
    ['started late but quick, no CPU', logged('finished', 12, 12.01), true, 'machine'],
    ['a handler of 13 s', logged('finished', 0, 13), false, 'server'],
    ['a handler of 13 s, no CPU', logged('finished', 0, 13), true, 'server'],
    ['a handler of 13 s, no CPU, and a clock ahead', logged('finished', 0, 13, 3_600), true, 'server'],
    ['a handler that never ended, no CPU', logged('unknown', 0.1), true, 'server'],
    ['a handler that ended after its client had gone, no CPU', logged('aborted', 0, 10), true, 'server'],
    ['a log without starts, no CPU', logged('finished', undefined, 13), true, 'machine'],
    ['a log without starts, in time', logged('finished', undefined, 1), false, 'network'],
  ])('%s', (_, execution, starved, blame) => {
    expect(blameFor(ROW, execution, starved)).toBe(blame)
  })
})
