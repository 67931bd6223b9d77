import { describe, expect, it } from 'vitest'
import { ServerLog } from '../../src/ledger/logs/server-log.ts'
import { sidesOf } from '../../src/verdict/sides.ts'
import { judge } from '../../src/verdict/verdict.ts'
import { DROPPING, knownLog, PASSED, record } from '../fixtures/record.ts'

const gapped = (): ServerLog => {
  const log = knownLog()
  log.gap()
  return log
}
const UNKNOWN = new ServerLog('zd-a', undefined)

describe('the clause about unchecked logs and bodies', () => {
  it.each([
    ['nothing if the logs account for every request', [record(), record()], ''],
    [
      'that one of several rollouts has no logs',
      [record(), record({ serverLog: UNKNOWN })],
      "; judged from the clients' side alone, because there are no server logs",
    ],
    [
      'that answered requests are missing from the logs',
      [record({ answeredWithoutLog: 2 })],
      '; the server logs have gaps: 2 answered requests missing from them',
    ],
    ['that the logs have a gap', [record({ serverLog: gapped() })], '; the server logs have 1 gap'],
    [
      'that bodies were not checked, each path once',
      [record({ byStatusAlone: ['/', '/delay/{ms}'] }), record({ byStatusAlone: ['/'] })],
      '; responses from / and /delay/{ms} were judged by status alone',
    ],
    [
      'that answers were not matched to their requests',
      [record({ unmatched: ['/'], byStatusAlone: ['/slow'] })],
      '; responses from /slow were judged by status alone; responses from / were not matched to their requests',
    ],
  ])('says %s', (_, rounds, clause) => {
    expect(sidesOf(rounds)).toBe(clause)
  })

  it.each([
    ['proven', {}],
    ['drops', { outcomes: { reset: 2 } }],
  ] as const)('is part of a verdict of %s', (status, made) => {
    const rounds = [record({ ...made, serverLog: UNKNOWN })]
    const verdict = judge({ rounds, twin: DROPPING, twinSkipped: undefined, selfTest: PASSED })
    expect(verdict.status).toBe(status)
    expect(verdict.sentence).toMatch(/; judged from the clients' side alone, because there are no server logs\.$/)
  })
})
