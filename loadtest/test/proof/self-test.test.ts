import { describe, expect, it } from 'vitest'
import { CLIENT_CLASSES } from '../../src/clients/index.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import { missedFaults, selfTestLine, selfTestText } from '../../src/verdict/self-test-result.ts'
import { selfTest } from '../../src/proof/self-test/self-test.ts'

const NEVER = new AbortController().signal

describe('the self-test', () => {
  it('finds every planted fault with every client class, and no other fault', async () => {
    const result = await selfTest(CLIENT_CLASSES, NEVER)
    expect(result?.faults.map(({ name, expected, wrong }) => [name, expected, wrong])).toEqual([
      ['none', null, []],
      ['late response', 'timed-out', []],
      ['FIN', 'closed', []],
      ['RST', 'reset', []],
      ['truncation', 'truncated', []],
      ['duplicate', 'duplicated', []],
    ])
    for (const { expected, planted, found, clients } of result?.faults ?? []) {
      const least = Math.min(...Object.values(clients).map((client) => client.planted))
      expect(Object.keys(clients).length).toBeGreaterThan(6)
      expect(found).toBe(planted)
      expect(least > 0).toBe(expected !== null)
    }
    expect(result?.passed).toBe(true)
    expect(missedFaults(result)).toEqual([])
    expect(result && selfTestLine(result)).toMatch(/^Self-test passed: all \d+ planted faults in \d+ requests found/)
  })

  it('names the client that misses a fault: one that takes every end for an answer', async () => {
    const blind = CLIENT_CLASSES.filter(({ name }) => name === 'keep-alive').map((client) => ({
      ...client,
      start: (context: Parameters<typeof client.start>[0]) =>
        client.start({ ...context, ledger: new Blind(context.ledger) }),
    }))
    const result = await selfTest(blind, NEVER)
    expect(result?.passed).toBe(false)
    const missed = missedFaults(result)
    expect(missed).toHaveLength(5)
    expect(missed[1]).toMatch(
      /^the self-test found 0 of \d+ planted faults of kind FIN \(keep-alive: expected closed, recorded answered\)/,
    )
    expect(result && selfTestText(result)).toMatch(/^MISSED {2}FIN .* 0 of \d+ found as closed/m)
  })

  it('reports outcomes without a planted fault', async () => {
    const pessimist = CLIENT_CLASSES.filter(({ name }) => name === 'keep-alive').map((client) => ({
      ...client,
      start: (context: Parameters<typeof client.start>[0]) =>
        client.start({
          ...context,
          profile: { ...context.profile, paths: { read: { path: '/', status: 204, json: true } } },
        }),
    }))
    const result = await selfTest(pessimist, NEVER)
    expect(missedFaults(result)[0]).toMatch(/^the self-test reported faults that were not planted \(keep-alive: 4xx/)
  })

  it('ends at once if interrupted', async () => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 200)
    expect(await selfTest(CLIENT_CLASSES, controller.signal)).toBeUndefined()
  })
})

/** Records every attempt as answered. */
class Blind extends Ledger {
  readonly #ledger: Ledger

  constructor(ledger: Ledger) {
    super('unused')
    this.#ledger = ledger
  }

  override open(...args: Parameters<Ledger['open']>): ReturnType<Ledger['open']> {
    return this.#ledger.open(...args)
  }

  override close(attempt: Parameters<Ledger['close']>[0]): void {
    this.#ledger.close(attempt, { outcome: 'answered' })
  }

  override amend(): boolean {
    return false
  }
}
