import { describe, expect, it } from 'vitest'
import { blameFor } from '../../src/ledger/blame.ts'
import type { Blame } from '../../src/ledger/blame.ts'
import { toEpoch } from '../../src/base/clock.ts'
import type { Execution } from '../../src/ledger/server-log.ts'

/** Given up after 10 s. */
const ROW = { startedAt: 5_000, endedAt: 15_000 }

/** Times are seconds after the request was sent, by a clock that is so many seconds ahead. */
function logged(end: Execution['end'], began?: number, over?: number, ahead = 0): Execution {
  const moment = (seconds: number | undefined): number | undefined =>
    seconds === undefined ? undefined : toEpoch(ROW.startedAt + (seconds + ahead) * 1_000)
  return { pod: 'old', earlierPod: undefined, times: 1, end, startedAt: moment(began), endedAt: moment(over) }
}

describe('whose fault it is that an answer did not come in time', () => {
  it.each<[string, Execution | undefined, boolean, Blame]>([
    ['nobody knows more', undefined, false, undefined],
    ['no log, and no CPU', undefined, true, 'machine'],
    ['handed over at once, and no CPU', logged('finished', 0, 0.01), true, 'machine'],
    ['handed over at once', logged('finished', 0, 0.01), false, 'way'],
    ['handed over just before the limit', logged('finished', 9, 9.5), false, undefined],
    ['begun late and quick, and no CPU', logged('finished', 12, 12.01), true, 'machine'],
    ['a handler of 13 s', logged('finished', 0, 13), false, 'server'],
    ['a handler of 13 s, and no CPU', logged('finished', 0, 13), true, 'server'],
    ['a handler of 13 s, no CPU, and a clock ahead', logged('finished', 0, 13, 3_600), true, 'server'],
    ['a handler that never ended, and no CPU', logged('unknown', 0.1), true, 'server'],
    ['a handler that ended when its client had gone, and no CPU', logged('aborted', 0, 10), true, 'server'],
    ['a log of ends alone, and no CPU', logged('finished', undefined, 13), true, 'machine'],
    ['a log of ends alone, in time', logged('finished', undefined, 1), false, 'way'],
  ])('%s', (_, execution, starved, blame) => {
    expect(blameFor(ROW, execution, starved)).toBe(blame)
  })
})
