import { describe, expect, test } from 'vitest'
import { Deadline } from '../../src/deadline.js'
import { ArrivalRates, waitForPropagation } from '../../src/propagation.js'
import { FakeRuntime } from '../harness/fake-runtime.js'

/** The signal comes at the end of a bucket and connections in the middle of one, so that the rates are exact. */
const SIGNAL = 119_999
const FIRST = -59_950
const bounds = { min: 2_000, max: 15_000 }

interface Times {
  readonly min: number
  readonly expected?: number
  readonly max: number
}

/** A pod with its sources, and a signal at a fixed time. Times in ms, relative to the signal. */
class Pod {
  readonly rates = new ArrivalRates()
  readonly runtime = new FakeRuntime(SIGNAL)

  /** Adds a source that connects every `every` ms. */
  source(source: string, every: number, from = FIRST, to = 0): this {
    for (let at = from; at < to; at += every) this.#at(at, () => this.rates.record(source, SIGNAL + at))
    return this
  }

  /** Adds a source that opens `size` connections every `every` ms. */
  bursts(source: string, size: number, every: number): this {
    for (let at = FIRST; at < 0; at += every) {
      for (let one = 0; one < size; one++) this.rates.record(source, SIGNAL + at + one)
    }
    return this
  }

  /** Adds a probe every `every` ms after the signal. Its record is removed as soon as its request is read. */
  probes(source: string, every: number, from = 100): this {
    for (let at = from; at < 30_000; at += every) {
      this.runtime.setTimeout(() => {
        const retract = this.rates.record(source, this.runtime.now())
        this.runtime.setTimeout(retract, 5)
      }, at)
    }
    return this
  }

  /** Runs the delay. Returns the reason for its end, and its duration. */
  async delay(times: Times = bounds, budget = 60_000): Promise<[end: string, ms: number]> {
    const { min, max, expected = max } = times
    const deadline = new Deadline(this.runtime, budget)
    const delay = { min, expected, max }
    const end = await this.runtime.complete(waitForPropagation(this.runtime, delay, this.rates, deadline))
    return [end, this.runtime.now() - SIGNAL]
  }

  #at(at: number, callback: () => void): void {
    if (at < 0) callback()
    else this.runtime.setTimeout(callback, at)
  }
}

/** Returns ln(1/ε) / λ in ms, as documented. */
const silence = (perSecond: number) => (Math.log(1e6) / perSecond) * 1_000
/** Returns the time of the last connection of a source that connects every `every` ms until `to`. */
const lastOf = (every: number, to = 0) => FIRST + Math.floor((to - 1 - FIRST) / every) * every

/** Returns the expected end: the rule looks at the evidence from `min` on, every 50 ms. */
const evidenceAt = (ms: number, { min } = bounds) => ['evidence', min + Math.max(0, Math.ceil((ms - min) / 50)) * 50]

const clients = (pod: Pod, count: number, at: number): Pod => {
  for (let one = 0; one < count; one++) pod.rates.record(`client ${one}`, SIGNAL + at)
  return pod
}

describe('a fixed delay', () => {
  test('does not depend on the sources', async () => {
    const fixed = { min: 5_000, max: 5_000 }
    expect(await new Pod().delay(fixed)).toEqual(['max', 5_000])
    expect(await new Pod().source('a', 20).delay(fixed)).toEqual(['max', 5_000])
    expect(await new Pod().source('a', 20, FIRST, 20_000).delay(fixed)).toEqual(['max', 5_000])
  })

  test('of 0 ms ends at once', async () => {
    expect(await new Pod().delay({ min: 0, max: 0 })).toEqual(['max', 0])
  })
})

describe('an adaptive delay', () => {
  test('ends at min if the busy source has fallen silent by then', async () => {
    expect(await new Pod().source('a', 20).delay()).toEqual(['evidence', 2_000])
  })

  test('never ends before min or after max', async () => {
    expect(await new Pod().source('a', 20).delay({ min: 7_000, max: 8_000 })).toEqual(['evidence', 7_000])
    expect(await new Pod().source('a', 20, FIRST, 60_000).delay()).toEqual(['max', 15_000])
    expect(await new Pod().delay({ min: 1_000, max: 3_333 })).toEqual(['max', 3_333])
  })

  test.each([
    [10, 1_000],
    [4, 2_000],
    [2, 5_000],
  ])('waits for ln(1/ε)/λ of silence at %i connections per second', async (perSecond, to) => {
    const every = 1_000 / perSecond
    const pod = new Pod().source('a', every, FIRST, to)
    const wide = { min: 0, max: 20_000 }
    expect(await pod.delay(wide)).toEqual(evidenceAt(lastOf(every, to) + silence(perSecond), wide))
  })

  test('waits for every source, each at its own rate', async () => {
    const pod = new Pod().source('busy', 10).source('less busy', 250, FIRST, 1_000)
    expect(await pod.delay()).toEqual(evidenceAt(lastOf(250, 1_000) + silence(4)))
  })

  test('is extended by one source that still connects', async () => {
    const pod = new Pod().source('silent', 10).source('active', 100, FIRST, 9_000)
    expect(await pod.delay()).toEqual(evidenceAt(lastOf(100, 9_000) + silence(10)))
  })

  test('waits three times the longest gap, whatever the size of the bursts', async () => {
    const last = lastOf(2_000) + 39
    expect(await new Pod().bursts('a', 40, 2_000).delay()).toEqual(evidenceAt(last + 3 * (2_000 - 39)))
  })

  test('counts the silence before the signal as a gap', async () => {
    const last = lastOf(20, -3_000)
    expect(await new Pod().source('a', 20, FIRST, -3_000).delay()).toEqual(evidenceAt(last + 3 * -last))
  })

  test('ignores gaps and rates from more than 20 s ago', async () => {
    const pod = new Pod().source('a', 10, FIRST, -30_000).source('a', 200, -24_950)
    expect(await pod.delay()).toEqual(evidenceAt(lastOf(200) + silence(5)))
  })

  test.each([
    ['there is no source', new Pod()],
    ['a source connects every two seconds', new Pod().source('a', 2_000)],
    ['one source rarely connects', new Pod().source('busy', 10).source('quiet', 30_000, -45_000)],
    ['one source has been known for two seconds', new Pod().source('busy', 10).source('new', 10, -2_000)],
    ['one source first connects after the signal', new Pod().source('busy', 10).source('new', 100, 500, 1_500)],
  ])('waits until max if silence proves nothing: %s', async (_, pod) => {
    expect(await pod.delay()).toEqual(['max', 15_000])
  })

  test('treats a source that returns after more than 20 s as new', async () => {
    const back = (from: number) => new Pod().source('a', 20, FIRST, -40_000).source('a', 20, from)
    expect(await back(-10_000).delay()).toEqual(['evidence', 2_000])
    expect(await back(-2_000).delay()).toEqual(['max', 15_000])
    // A shorter silence counts as a gap: the source can be silent for that long.
    expect(await new Pod().source('a', 20, FIRST, -28_000).source('a', 20, -10_000).delay()).toEqual(['max', 15_000])
  })

  test('does not wait for a source that has not connected for more than a minute', async () => {
    expect(await new Pod().source('silent', 20, -100_000, -61_000).source('a', 20).delay()).toEqual(['evidence', 2_000])
    expect(await new Pod().source('rare', 20, -100_000, -59_000).source('a', 20).delay()).toEqual(['max', 15_000])
  })

  test('ends when the budget is spent', async () => {
    expect(await new Pod().delay(bounds, 3_000)).toEqual(['deadline', 3_000])
    expect(await new Pod().source('a', 50, FIRST, 60_000).delay(bounds, 3_000)).toEqual(['deadline', 3_000])
    // The budget can end before min.
    expect(await new Pod().delay(bounds, 1_000)).toEqual(['deadline', 1_000])
  })
})

describe('a delay with an expected time', () => {
  const times = { min: 2_000, expected: 10_000, max: 40_000 }

  test('ends on evidence before it', async () => {
    expect(await new Pod().source('a', 20).delay(times)).toEqual(['evidence', 2_000])
  })

  test.each([
    ['no source', new Pod()],
    ['a rare source', new Pod().source('rare', 5_000)],
    ['a new source', new Pod().source('new', 100, -2_000)],
    ['a new source after the signal', new Pod().source('new', 100, 1_000, 5_000)],
    ['more sources than the limit', clients(new Pod(), 1_025, -1_000)],
  ])('ends at it with %s', async (_, pod) => {
    expect(await pod.delay(times)).toEqual(['expected', 10_000])
  })

  test('goes on while a busy source opens connections, until its silence is evidence', async () => {
    const pod = new Pod().source('a', 100, FIRST, 25_000)
    expect(await pod.delay(times)).toEqual(evidenceAt(lastOf(100, 25_000) + silence(10)))
  })

  test('goes on until a rare source has been silent for 5 s', async () => {
    const pod = new Pod().source('rare', 3_000, -59_000, 20_000)
    expect(await pod.delay(times)).toEqual(['expected', 19_000 + 5_000])
  })

  test('goes on until a new source has been silent for 5 s', async () => {
    expect(await new Pod().source('new', 100, 9_000, 12_000).delay(times)).toEqual(['expected', 11_900 + 5_000])
  })

  test('goes on until sources beyond the limit have been silent for 5 s', async () => {
    const pod = new Pod()
    pod.runtime.setTimeout(() => clients(pod, 1_025, 9_000), 9_000)
    expect(await pod.delay(times)).toEqual(['expected', 9_000 + 5_000])
  })

  test('ends at max if a source never stops', async () => {
    expect(await new Pod().source('a', 100, FIRST, 60_000).delay(times)).toEqual(['max', 40_000])
    expect(await new Pod().source('rare', 3_000, FIRST, 60_000).delay(times)).toEqual(['max', 40_000])
  })
})

describe('probes', () => {
  test('do not extend the delay if their records are removed', async () => {
    expect(await new Pod().source('node', 100).probes('node', 1_000).delay()).toEqual(evidenceAt(2_000))
  })

  test('would extend the delay otherwise', async () => {
    const pod = new Pod().source('node', 100).source('node', 1_000, 100, 20_000)
    expect(await pod.delay()).toEqual(['max', 15_000])
  })

  test('reduce the rate before the signal, which included probes', async () => {
    const pod = new Pod().source('node', 200).probes('node', 1_000)
    expect(await pod.delay()).toEqual(evidenceAt(lastOf(200) + silence(5 - 2)))
  })

  test('without other traffic prove nothing', async () => {
    expect(await new Pod().source('node', 500).probes('node', 1_000).delay()).toEqual(['max', 15_000])
  })

  test('do not extend the delay if their address sends no other traffic', async () => {
    const pod = new Pod().source('busy', 20).probes('kubelet', 1_000, 600)
    expect(await pod.delay()).toEqual(['evidence', 2_000])
  })

  test('do not remove the record of another connection from the same address', async () => {
    const pod = new Pod().source('busy', 20)
    pod.runtime.setTimeout(() => {
      const retract = pod.rates.record('node', pod.runtime.now())
      pod.runtime.setTimeout(() => pod.rates.record('node', pod.runtime.now()), 2)
      pod.runtime.setTimeout(retract, 4)
    }, 500)
    expect(await pod.delay()).toEqual(['max', 15_000])
  })
})

describe('more sources than the limit', () => {
  test('extend the delay to max', async () => {
    const pod = new Pod()
    for (let at = -10_000; at < 0; at += 100) clients(pod, 1_024, at)
    expect(await pod.delay()).toEqual(['evidence', 2_000])

    const more = new Pod()
    for (let at = -10_000; at < 0; at += 100) clients(more, 1_025, at)
    expect(await more.delay()).toEqual(['max', 15_000])
  })

  test('stop mattering a minute later', async () => {
    const pod = clients(new Pod(), 2_000, -110_000).source('a', 20, -45_000)
    expect(await pod.delay()).toEqual(['evidence', 2_000])
  })

  test('extend the delay, too, if they appear after the signal', async () => {
    const pod = new Pod()
    for (let at = -10_000; at < 0; at += 100) clients(pod, 1_024, at)
    pod.runtime.setTimeout(() => clients(pod, 1_025, 1_000), 1_000)
    expect(await pod.delay()).toEqual(['max', 15_000])
  })
})
