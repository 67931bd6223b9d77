import { describe, expect, test } from 'vitest'
import { Deadline } from '../src/deadline.js'
import { Hooks } from '../src/hooks.js'
import type { Hook } from '../src/types.js'
import { FakeRuntime } from './harness/fake-runtime.js'

const context = { reason: 'SIGTERM', signal: 'SIGTERM' } as const

/** Hooks in virtual time, and what they did when. */
class Bench {
  readonly runtime = new FakeRuntime()
  readonly hooks = new Hooks(this.runtime)
  readonly told: string[] = []

  /** A hook that takes so long. */
  takes(name: string, ms: number): Hook {
    return async () => {
      this.told.push(`${name} starts at ${this.runtime.now()}`)
      await new Promise<void>((resolve) => void this.runtime.setTimeout(resolve, ms))
      this.told.push(`${name} ends at ${this.runtime.now()}`)
    }
  }

  async run(budget = 60_000): Promise<void> {
    const deadline = new Deadline(this.runtime, budget)
    await this.runtime.complete(this.hooks.run(context, deadline))
    deadline.cancel()
  }

  get outcomes(): string[] {
    return this.hooks.results.map(({ name, outcome, durationMs }) => `${name} ${outcome} ${durationMs}`)
  }
}

const hang: Hook = async () => new Promise(() => {})

describe('order', () => {
  test('goes from the lowest to the highest, and equal ones run at the same time', async () => {
    const bench = new Bench()
    bench.hooks.add('third', bench.takes('third', 10), { order: 10 })
    bench.hooks.add('second', bench.takes('second', 100))
    bench.hooks.add('second too', bench.takes('second too', 50), { order: 0 })
    bench.hooks.add('first', bench.takes('first', 20), { order: -1 })
    await bench.run()
    expect(bench.told).toEqual([
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

  test('may be fractions, and two hooks may have one name', async () => {
    const bench = new Bench()
    bench.hooks.add('pool', bench.takes('b', 1), { order: 0.5 })
    bench.hooks.add('pool', bench.takes('a', 1), { order: 0.25 })
    await bench.run()
    expect(bench.told.map((line) => line[0])).toEqual(['a', 'a', 'b', 'b'])
  })
})

describe('limits', () => {
  test('a hook that hangs is waited for until its own limit, and the next ones run', async () => {
    const bench = new Bench()
    bench.hooks.add('hangs', hang, { order: 1, timeout: 300 })
    bench.hooks.add('beside it', bench.takes('beside it', 700), { order: 1, timeout: 1_000 })
    bench.hooks.add('after it', bench.takes('after it', 10), { order: 2 })
    await bench.run()
    expect(bench.outcomes).toEqual(['hangs timed-out 300', 'beside it done 700', 'after it done 10'])
  })

  test('are 5 s where none is given', async () => {
    const bench = new Bench()
    bench.hooks.add('hangs', hang)
    await bench.run()
    expect(bench.outcomes).toEqual(['hangs timed-out 5000'])
  })

  test('end with the budget, and what has no time left is not run', async () => {
    const bench = new Bench()
    bench.hooks.add('first', bench.takes('first', 400), { order: 1 })
    bench.hooks.add('cut', bench.takes('cut', 5_000), { order: 2, timeout: 9_000 })
    bench.hooks.add('never', bench.takes('never', 1), { order: 3 })
    await bench.run(1_000)
    expect(bench.outcomes).toEqual(['first done 400', 'cut timed-out 600', 'never not-run 0'])
    expect(bench.told).not.toContain('never starts at 1000')
  })

  test('leave no timer behind', async () => {
    const bench = new Bench()
    bench.hooks.add('done', async () => {})
    bench.hooks.add('fails', async () => Promise.reject(new Error('no')))
    await bench.run()
    expect(bench.runtime.timers).toBe(0)
  })
})

describe('a hook that fails', () => {
  test('stops no other, whether it throws or rejects, and whatever with', async () => {
    const bench = new Bench()
    bench.hooks.add('throws', () => {
      throw new Error('at once')
    })
    bench.hooks.add('rejects', async () => Promise.reject(new TypeError('later')))
    bench.hooks.add('with a string', async () => Promise.reject('a string'))
    bench.hooks.add('with nothing', async () => Promise.reject(undefined))
    bench.hooks.add('after', bench.takes('after', 1), { order: 1 })
    await bench.run()
    expect(bench.hooks.results).toEqual([
      { name: 'throws', outcome: 'failed', durationMs: 0, error: 'at once' },
      { name: 'rejects', outcome: 'failed', durationMs: 0, error: 'later' },
      { name: 'with a string', outcome: 'failed', durationMs: 0, error: "'a string'" },
      { name: 'with nothing', outcome: 'failed', durationMs: 0, error: "'unknown error'" },
      { name: 'after', outcome: 'done', durationMs: 1 },
    ])
  })

  test('after its limit is no unhandled rejection', async () => {
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

test('each is told why the process stops', async () => {
  const bench = new Bench()
  const contexts: unknown[] = []
  bench.hooks.add('one', (received) => contexts.push(received))
  bench.hooks.add('other', (received) => contexts.push(received), { order: 1 })
  await bench.run()
  expect(contexts).toEqual([context, context])
})

test('one that was removed does not run', async () => {
  const bench = new Bench()
  bench.hooks.add('stays', bench.takes('stays', 1))
  const remove = bench.hooks.add('goes', bench.takes('goes', 1))
  remove()
  await bench.run()
  expect(bench.outcomes).toEqual(['stays done 1'])
})

test('the longest that all may take is the longest of each order', () => {
  const { hooks } = new Bench()
  expect(hooks.worstCase).toBe(0)
  hooks.add('a', hang, { timeout: 300 })
  hooks.add('b', hang, { timeout: 700 })
  hooks.add('c', hang, { order: 1, timeout: 50 })
  expect(hooks.worstCase).toBe(750)
})

test('those whose turn never came are all told as not run, in order', () => {
  const { hooks } = new Bench()
  hooks.add('second', hang, { order: 1 })
  hooks.add('first', hang)
  hooks.skip()
  expect(hooks.results.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual(['first not-run', 'second not-run'])
})
