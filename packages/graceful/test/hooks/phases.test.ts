import { describe, expect, test } from 'vitest'
import type { Graceful, HookOptions, ShutdownReport } from '../../src/types.js'
import type { FakeRuntime } from '../harness/fake-runtime.js'
import { startVirtualService } from '../harness/virtual-service.js'

const hang = async (): Promise<never> => new Promise(() => {})

/** A service in virtual time, with a record of its states and of the starts and ends of its hooks. */
async function startBench(options: { shutdownDelay?: number; timeout?: number } = {}) {
  const { runtime, graceful, errors } = await startVirtualService({ shutdownDelay: 1_000, timeout: 20_000, ...options })
  const events: string[] = []
  const record = (event: string) => events.push(`${runtime.now()} ${event}`)
  graceful.onState((state) => record(state))
  const takes = (name: string, ms: number) => async () => {
    record(`${name} starts`)
    await new Promise<void>((resolve) => void runtime.setTimeout(resolve, ms))
    record(`${name} ends`)
  }
  const add = (name: string, ms: number, hookOptions?: HookOptions) =>
    graceful.onShutdown(name, takes(name, ms), hookOptions)
  return { runtime, graceful, errors, events, add, takes }
}

const reportOf = async (runtime: FakeRuntime, graceful: Graceful): Promise<ShutdownReport> =>
  runtime.complete(graceful.shutdown())

const outcomes = ({ hooks }: ShutdownReport) =>
  hooks.map(({ name, phase, outcome, durationMs }) => `${phase} ${name} ${outcome} ${durationMs}`)

describe('the order of the phases', () => {
  test('signal beside the delay and the drain; then drained; then last; each phase in its own order', async () => {
    const { runtime, graceful, events, add } = await startBench()
    add('telemetry', 10, { phase: 'last' })
    add('pool', 10, { order: 1 })
    add('cache', 10)
    add('jobs', 1_500, { phase: 'signal' })
    add('consumer', 100, { phase: 'signal', order: -1 })
    const report = await reportOf(runtime, graceful)
    expect(events).toEqual([
      '0 lameDuck',
      '0 consumer starts',
      '100 consumer ends',
      '100 jobs starts',
      '1000 draining',
      '1600 jobs ends',
      '1600 closing',
      '1600 cache starts',
      '1610 cache ends',
      '1610 pool starts',
      '1620 pool ends',
      '1620 telemetry starts',
      '1630 telemetry ends',
      '1630 terminated',
    ])
    expect(outcomes(report)).toEqual([
      'signal consumer done 100',
      'signal jobs done 1500',
      'drained cache done 10',
      'drained pool done 10',
      'last telemetry done 10',
    ])
    expect(report.outcome).toBe('graceful')
  })
})

describe('limits', () => {
  test('a hook of phase signal that never ends leaves the later hooks their whole limits', async () => {
    const { runtime, graceful, add } = await startBench({ timeout: 20_000 })
    graceful.onShutdown('jobs', hang, { phase: 'signal' })
    graceful.onShutdown('next', hang, { phase: 'signal', order: 1 })
    add('pool', 2_900, { timeout: 3_000 })
    add('telemetry', 1_900, { phase: 'last', timeout: 2_000 })
    const report = await reportOf(runtime, graceful)
    // The cut comes 5 s before the deadline, and a quarter of a second for the cut itself.
    expect(outcomes(report)).toEqual([
      'signal jobs timed-out 14750',
      'signal next not-run 0',
      'drained pool done 2900',
      'last telemetry done 1900',
    ])
    expect(report).toMatchObject({ outcome: 'hook-failed', exitCode: 1, forced: [] })
  })

  test('a hook of phase signal has its own limit if it has one', async () => {
    const { runtime, graceful } = await startBench()
    graceful.onShutdown('jobs', hang, { phase: 'signal', timeout: 300 })
    expect(outcomes(await reportOf(runtime, graceful))).toEqual(['signal jobs timed-out 300'])
  })

  test('phase last keeps its share of a budget that is too short for the limits', async () => {
    const { runtime, graceful, add } = await startBench({ shutdownDelay: 0, timeout: 6_000 })
    graceful.onShutdown('pool', hang, { timeout: 10_000 })
    graceful.onShutdown('cache', hang, { order: 1, timeout: 10_000 })
    add('telemetry', 900, { phase: 'last', timeout: 4_000 })
    expect(outcomes(await reportOf(runtime, graceful))).toEqual([
      'drained pool timed-out 5000',
      'drained cache not-run 0',
      'last telemetry done 900',
    ])
  })

  test('after a crash, too', async () => {
    const { runtime, graceful, add } = await startBench({ shutdownDelay: 0, timeout: 60_000 })
    graceful.onShutdown('jobs', hang, { phase: 'signal' })
    graceful.onShutdown('pool', hang, { timeout: 15_000 })
    add('telemetry', 900, { phase: 'last', timeout: 5_000 })
    runtime.emit('SIGTERM')
    await runtime.advance(1_000)
    runtime.emit('uncaughtException', new Error('test error'))
    const report = await reportOf(runtime, graceful)
    // Of the 5 s, half are for the hooks of the later phases: three quarters of that for `drained`.
    expect(outcomes(report)).toEqual([
      'signal jobs timed-out 3375',
      'drained pool timed-out 1969',
      'last telemetry timed-out 656',
    ])
    expect(report).toMatchObject({ outcome: 'crashed', durationMs: 6_000 })
  })
})

describe('a hook that is added late', () => {
  test('to phase signal during the delay runs at once', async () => {
    const { runtime, graceful, events, add } = await startBench()
    runtime.emit('SIGTERM')
    await runtime.advance(500)
    add('late', 700, { phase: 'signal' })
    await reportOf(runtime, graceful)
    expect(events).toEqual([
      '0 lameDuck',
      '500 late starts',
      '1000 draining',
      '1200 late ends',
      '1200 closing',
      '1200 terminated',
    ])
  })

  test('to phase signal at the start of the drain is waited for until the cut', async () => {
    const { runtime, graceful } = await startBench({ shutdownDelay: 0 })
    graceful.onState((state) => state === 'draining' && graceful.onShutdown('late', hang, { phase: 'signal' }))
    expect(outcomes(await reportOf(runtime, graceful))).toEqual(['signal late timed-out 20000'])
  })

  test('to phase signal after the drain is refused, and cannot hold the shutdown', async () => {
    const { runtime, graceful, errors } = await startBench({ shutdownDelay: 0 })
    graceful.onState((state) => state === 'closing' && graceful.onShutdown('late', hang, { phase: 'signal' }))
    expect(await reportOf(runtime, graceful)).toMatchObject({ outcome: 'graceful', hooks: [] })
    const error = expect.stringContaining("'late': the hooks of phase 'signal' have run") as string
    expect(errors).toEqual([expect.objectContaining({ error })])
  })

  test('from a hook to a later phase runs there; to an earlier one is refused', async () => {
    const { runtime, graceful, add } = await startBench()
    const errors: unknown[] = []
    const attempt = (phase: 'signal' | 'drained') => {
      try {
        add('too late', 1, { phase })
      } catch (error) {
        errors.push((error as Error).message)
      }
    }
    graceful.onShutdown('adds', () => {
      add('telemetry', 1, { phase: 'last' })
      attempt('signal')
    })
    graceful.onShutdown('last', () => attempt('drained'), { phase: 'last' })
    expect(outcomes(await reportOf(runtime, graceful))).toEqual([
      'drained adds done 0',
      'last last done 0',
      'last telemetry done 1',
    ])
    expect(errors).toEqual(
      ['signal', 'drained'].map(
        (phase) =>
          `graceful: cannot add the shutdown hook 'too late': the hooks of phase '${phase}' have run; ` +
          'add it earlier, or with a later phase',
      ),
    )
  })
})
