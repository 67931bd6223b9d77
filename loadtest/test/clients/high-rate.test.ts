import { expect, it, describe, onTestFinished } from 'vitest'
import { CLIENT_CLASSES } from '../../src/clients/index.ts'
import { load } from '../fixtures/load.ts'
import { startService } from '../fixtures/service.ts'

/** The classes with one HTTP/1.1 request for each attempt. */
const PLAIN = CLIENT_CLASSES.filter(({ probe }) => !probe)

describe('without a fault', () => {
  it('all classes together report none, at ten times the usual rate', async () => {
    const service = await startService()
    onTestFinished(() => service.close())
    const { summary } = await load({ url: service.url, clients: PLAIN, rate: 1_000, ms: 2_000 })
    expect(summary.outcomes.answered).toBe(summary.attempts)
    expect(summary.attempts).toBeGreaterThan(1_000)
  })
})
