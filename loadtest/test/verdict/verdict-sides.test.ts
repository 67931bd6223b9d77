import { describe, expect, it } from 'vitest'
import { ServerLog } from '../../src/ledger/server-log.ts'
import { sidesOf } from '../../src/verdict/sides.ts'
import { judge } from '../../src/verdict/verdict.ts'
import { DROPPING, knownLog, PASSED, record } from '../fixtures/record.ts'

const gapped = (): ServerLog => {
  const log = knownLog()
  log.gap()
  return log
}
const UNKNOWN = new ServerLog('zd-a', undefined)

describe('what a verdict says of what was not looked at', () => {
  it.each([
    ['nothing, where the logs account for every request', [record(), record()], ''],
    [
      'that there are no logs, in any of several rollouts',
      [record(), record({ serverLog: UNKNOWN })],
      "; judged from the clients' side alone, since no server's log is known",
    ],
    [
      'that answered requests are in none of them',
      [record({ answeredWithoutLog: 2 })],
      "; the servers' logs have gaps: 2 answered requests in none of them",
    ],
    ['that they have a gap', [record({ serverLog: gapped() })], "; the servers' logs have 1 gap"],
    [
      'that bodies were not looked at, each path once',
      [record({ byStatusAlone: ['/', '/delay/{ms}'] }), record({ byStatusAlone: ['/'] })],
      '; what / and /delay/{ms} answered was judged by its status alone',
    ],
  ])('says %s', (_, rounds, clause) => {
    expect(sidesOf(rounds)).toBe(clause)
  })

  it.each([
    ['proven', {}],
    ['drops', { outcomes: { reset: 2 } }],
  ] as const)('stands in a verdict of %s', (status, made) => {
    const rounds = [record({ ...made, serverLog: UNKNOWN })]
    const verdict = judge({ rounds, twin: DROPPING, twinSkipped: undefined, selfTest: PASSED })
    expect(verdict.status).toBe(status)
    expect(verdict.sentence).toMatch(/; judged from the clients' side alone, since no server's log is known\.$/)
  })
})
