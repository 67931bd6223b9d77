import { describe, expect, test } from 'vitest'
import type { TargetEvent } from '../../src/targets/target.ts'
import { judge, type Verdict } from '../../src/verdict/verdict.ts'
import { failureAt, PASSED, record, type Made } from '../fixtures/record.ts'

const windowed = (replaced: string | null): readonly TargetEvent[] => [
  { at: 1_000, type: 'rollout-started', detail: 'by ./restart.sh' },
  { at: 1_000, type: 'window-opened', detail: 'by ./restart.sh' },
  { at: 13_000, type: 'window-closed', replaced },
]
const REPLACED = '1 listening socket of http://127.0.0.1:8080 replaced'

const judgeUnseen = (made: Made): Verdict =>
  judge({
    expects: 'unseen',
    rounds: [record(made)],
    twin: undefined,
    twinSkipped: 'somebody else makes the rollout',
    selfTest: PASSED,
  })

describe('the verdict on a service that is watched from outside', () => {
  test('is proven if it was replaced and lost nothing, and names the facts that nobody saw', () => {
    const { status, sentence } = judgeUnseen({ events: windowed(REPLACED) })
    expect(status).toBe('proven')
    expect(sentence).toContain(
      `3,000 of them in the window of 12.0 s of the restart, at 95 % confidence fewer than 1 in 1,000; ${REPLACED}; ` +
        'no pod was seen, so SIGTERM, exits and margins are unknown; no naive twin has shown that this load sees drops',
    )
  })

  test('is inconclusive if nothing shows that the service was replaced', () => {
    const { status, doubts } = judgeUnseen({ events: windowed(null) })
    expect(status).toBe('inconclusive')
    expect(doubts).toEqual([expect.stringMatching(/^nothing shows that the service was replaced: .*podHeader/u)])
  })

  test('is inconclusive if few requests met the window', () => {
    const { status, doubts } = judgeUnseen({ events: windowed(REPLACED), exposure: { fresh: 99 } })
    expect(status).toBe('inconclusive')
    expect(doubts).toEqual([
      'only 99 requests on new connections met the window of the restart (100 are needed): raise --rate or --for',
    ])
  })

  test('is inconclusive if the command failed', () => {
    const outcome = { status: 'failed', reason: './restart.sh ended with exit code 1' } as const
    expect(judgeUnseen({ events: windowed(REPLACED).slice(0, 2), outcome }).sentence).toMatch(
      /^Inconclusive: .*, but the restart failed: .\/restart.sh ended with exit code 1\.$/u,
    )
  })

  test('counts the drops of the window', () => {
    const made = { events: windowed(REPLACED), outcomes: { refused: 3 }, exposure: { drops: 3 } }
    const { status, sentence } = judgeUnseen({ ...made, failures: [failureAt(2_000, undefined)] })
    expect(status).toBe('drops')
    expect(sentence).toMatch(/3 of 9,003 requests dropped \(3 refused\), 3 of them in the window of the restart/u)
  })
})

test('a rollout that somebody else makes cannot be repeated', () => {
  const verdict = judge({
    expects: 'watched',
    rounds: [record({ exposure: { spanning: 1 } })],
    twin: undefined,
    twinSkipped: 'somebody else makes the rollout',
    selfTest: PASSED,
  })
  expect(verdict.doubts).toEqual([expect.stringMatching(/^only 1 request in flight .* or raise --rate$/u)])
})
