import { describe, expect, test } from 'vitest'
import { Deadline } from '../../src/deadline.js'
import { Hooks } from '../../src/hooks/hooks.js'
import { BackgroundWork } from '../../src/hooks/background-work.js'
import { silentLogger } from '../../src/process/reporting/logger.js'
import type { Hook } from '../../src/types.js'
import { FakeRuntime } from '../harness/fake-runtime.js'

const context = { reason: 'SIGTERM', signal: 'SIGTERM' } as const

/** Hooks in virtual time, with a record of their starts and ends. */
class Bench {
  readonly runtime = new FakeRuntime()
  readonly background = new BackgroundWork(this.runtime, silentLogger)
  readonly hooks = new Hooks(this.runtime, this.background)
  readonly events: string[] = []

  /** Creates a hook that takes `ms`. */
  hook(name: string, ms: number): Hook {
    return async () => {
      this.events.push(`${name} starts at ${this.runtime.now()}`)
      await new Promise<void>((resolve) => void this.runtime.setTimeout(resolve, ms))
      this.events.push(`${name} ends at ${this.runtime.now()}`)
    }
  }

  async run(budget = 60_000): Promise<void> {
    const deadline = new Deadline(this.runtime, budget)
    await this.runtime.complete(this.hooks.run('drained', context, deadline))
    deadline.cancel()
  }

  get outcomes(): string[] {
    return this.hooks.results.map(({ name, outcome, durationMs }) => `${name} ${outcome} ${durationMs}`)
  }
}

const hang: Hook = async () => new Promise(() => {})

describe('order', () => {
  test('hooks run from the lowest order to the highest, and hooks of the same order at the same time', async () => {
    const bench = new Bench()
    bench.hooks.add('third', bench.hook('third', 10), { order: 10 })
    bench.hooks.add('second', bench.hook('second', 100))
    bench.hooks.add('second too', bench.hook('second too', 50), { order: 0 })
    bench.hooks.add('first', bench.hook('first', 20), { order: -1 })
    await bench.run()
    expect(bench.events).toEqual([
      'first starts at 0',
      'first ends at 20',
      'second starts at 20',
      'second too starts at 20',
      'second too ends at 70',
      'second ends at 120',
      'third starts at 120',
      'third ends at 130',
    ])
    expect(bench.outcomes).toEqual(['first done 20', 'second done 100', 'second too done 50', 'third done 10'])
  })

  test('an order can be a fraction, and two hooks can have the same name', async () => {
    const bench = new Bench()
    bench.hooks.add('pool', bench.hook('b', 1), { order: 0.5 })
    bench.hooks.add('pool', bench.hook('a', 1), { order: 0.25 })
    await bench.run()
    expect(bench.events.map((line) => line[0])).toEqual(['a', 'a', 'b', 'b'])
  })
})

describe('limits', () => {
  test('a hook that hangs is abandoned at its own limit, and the next hooks run', async () => {
    const bench = new Bench()
    bench.hooks.add('hangs', hang, { order: 1, timeout: 300 })
    bench.hooks.add('beside it', bench.hook('beside it', 700), { order: 1, timeout: 1_000 })
    bench.hooks.add('after it', bench.hook('after it', 10), { order: 2 })
    await bench.run()
    expect(bench.outcomes).toEqual(['hangs timed-out 300', 'beside it done 700', 'after it done 10'])
  })

  test('the default limit is 5 s', async () => {
    const bench = new Bench()
    bench.hooks.add('hangs', hang)
    await bench.run()
    expect(bench.outcomes).toEqual(['hangs timed-out 5000'])
  })

  test('the end of the budget cuts a hook, and later hooks do not run', async () => {
    const bench = new Bench()
    bench.hooks.add('first', bench.hook('first', 400), { order: 1 })
    bench.hooks.add('cut', bench.hook('cut', 5_000), { order: 2, timeout: 9_000 })
    bench.hooks.add('never', bench.hook('never', 1), { order: 3 })
    await bench.run(1_000)
    expect(bench.outcomes).toEqual(['first done 400', 'cut timed-out 600', 'never not-run 0'])
    expect(bench.events).not.toContain('never starts at 1000')
  })

  test('no timer remains', async () => {
    const bench = new Bench()
    bench.hooks.add('done', async () => {})
    bench.hooks.add('fails', async () => Promise.reject(new Error('no')))
    await bench.run()
    expect(bench.runtime.timers).toBe(0)
  })
})

describe('a hook that fails', () => {
  test('does not prevent the others, whether it throws or rejects, with any value', async () => {
    const bench = new Bench()
    bench.hooks.add('throws', () => {
      throw new Error('at once')
    })
    bench.hooks.add('rejects', async () => Promise.reject(new TypeError('later')))
    bench.hooks.add('with a string', async () => Promise.reject('a string'))
    bench.hooks.add('with nothing', async () => Promise.reject(undefined))
    bench.hooks.add('after', bench.hook('after', 1), { order: 1 })
    await bench.run()
    expect(bench.hooks.results).toEqual([
      { name: 'throws', phase: 'drained', outcome: 'failed', durationMs: 0, error: 'at once' },
      { name: 'rejects', phase: 'drained', outcome: 'failed', durationMs: 0, error: 'later' },
      { name: 'with a string', phase: 'drained', outcome: 'failed', durationMs: 0, error: "'a string'" },
      { name: 'with nothing', phase: 'drained', outcome: 'failed', durationMs: 0, error: "'unknown error'" },
      { name: 'after', phase: 'drained', outcome: 'done', durationMs: 1 },
    ])
  })

  test('causes no unhandled rejection after its limit', async () => {
    const bench = new Bench()
    const fail = async () => {
      await new Promise<void>((resolve) => void bench.runtime.setTimeout(resolve, 500))
      throw new Error('too late')
    }
    bench.hooks.add('late', fail, { timeout: 100 })
    await bench.run()
    await bench.runtime.advance(1_000)
    expect(bench.outcomes).toEqual(['late timed-out 100'])
  })
})

test('each hook receives the reason for the shutdown', async () => {
  const bench = new Bench()
  const contexts: unknown[] = []
  bench.hooks.add('one', (received) => contexts.push(received))
  bench.hooks.add('other', (received) => contexts.push(received), { order: 1 })
  await bench.run()
  expect(contexts).toEqual([context, context])
})

test('a removed hook does not run', async () => {
  const bench = new Bench()
  bench.hooks.add('stays', bench.hook('stays', 1))
  const remove = bench.hooks.add('goes', bench.hook('goes', 1))
  remove()
  await bench.run()
  expect(bench.outcomes).toEqual(['stays done 1'])
})

test('the worst case is the sum of the longest limit of each order', () => {
  const { hooks } = new Bench()
  expect(hooks.worstCase).toBe(0)
  hooks.add('a', hang, { timeout: 300 })
  hooks.add('b', hang, { timeout: 700 })
  hooks.add('c', hang, { order: 1, timeout: 50 })
  expect(hooks.worstCase).toBe(750)
})

test('no hook runs without any time, and the report names each', async () => {
  const bench = new Bench()
  bench.hooks.add('second', bench.hook('second', 1), { order: 1 })
  bench.hooks.add('first', bench.hook('first', 1))
  await bench.run(0)
  expect(bench.outcomes).toEqual(['first not-run 0', 'second not-run 0'])
  expect(bench.events).toEqual([])
})

describe('a hook that a hook adds', () => {
  test('runs after the current order, the lowest order first', async () => {
    const bench = new Bench()
    const late = (name: string, order: number) => bench.hooks.add(name, bench.hook(name, 10), { order })
    bench.hooks.add('adds', () => void [late('same', 1), late('higher', 3), late('lower', 0)], { order: 1 })
    bench.hooks.add('beside it', bench.hook('beside it', 20), { order: 1 })
    bench.hooks.add('next', bench.hook('next', 10), { order: 2 })
    await bench.run()
    expect(bench.outcomes).toEqual([
      'adds done 0',
      'beside it done 20',
      'lower done 10',
      'same done 10',
      'next done 10',
      'higher done 10',
    ])
  })

  test('can be removed before it runs', async () => {
    const bench = new Bench()
    bench.hooks.add('adds', () => bench.hooks.add('added', bench.hook('added', 10))())
    await bench.run()
    expect(bench.outcomes).toEqual(['adds done 0'])
  })

  test('does not run beyond the budget, even if each hook adds another', async () => {
    const bench = new Bench()
    const addAnother = (): void => {
      bench.hooks.add('next', async () => {
        await bench.hook('next', 400)(context)
        addAnother()
      })
    }
    addAnother()
    await bench.run(1_000)
    expect(bench.outcomes).toEqual(['next done 400', 'next done 400', 'next timed-out 200'])
  })

  test('is refused after the last hook has ended', async () => {
    const bench = new Bench()
    await bench.run()
    expect(() => bench.hooks.add('late', hang)).toThrow(
      "cannot add the shutdown hook 'late': the hooks of phase 'drained' have run; add it earlier, or with a later phase",
    )
  })
})

test('a deadline that a crash moves forward ends a hook that runs', async () => {
  const bench = new Bench()
  const deadline = new Deadline(bench.runtime, 60_000)
  bench.hooks.add('slow', bench.hook('slow', 20_000), { timeout: 30_000 })
  const running = bench.hooks.run('drained', context, deadline)
  await bench.runtime.advance(1_000)
  deadline.shorten(5_000)
  await bench.runtime.complete(running)
  expect(bench.outcomes).toEqual(['slow timed-out 6000'])
})
