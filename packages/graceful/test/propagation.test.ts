import { describe, expect, test } from 'vitest'
import { Deadline } from '../src/deadline.js'
import { ArrivalRates, waitForPropagation } from '../src/propagation.js'
import { FakeRuntime } from './harness/fake-runtime.js'

/** The signal comes at the very end of one of the clock's buckets, and calls in the midst of them: so rates are exact. */
const SIGNAL = 119_999
const FIRST = -59_950
const delay = { min: 2_000, max: 15_000 }

/** A pod that has served, and a moment at which it is told to go. */
class Pod {
  readonly rates = new ArrivalRates()
  readonly runtime = new FakeRuntime(SIGNAL)

  /** Connections every so many ms, in ms relative to the signal. */
  calls(source: string, every: number, from = FIRST, to = 0): this {
    for (let at = from; at < to; at += every) this.#at(at, () => this.rates.record(source, SIGNAL + at))
    return this
  }

  /** As many connections at once, again and again. */
  crowds(source: string, size: number, every: number): this {
    for (let at = FIRST; at < 0; at += every) {
      for (let one = 0; one < size; one++) this.rates.record(source, SIGNAL + at + one)
    }
    return this
  }

  /** Probes every so many ms after the signal, each known for one as soon as its request was read. */
  probes(source: string, every: number, from = 100): this {
    for (let at = from; at < 30_000; at += every) {
      this.runtime.setTimeout(() => {
        const takeBack = this.rates.record(source, this.runtime.now())
        this.runtime.setTimeout(takeBack, 5)
      }, at)
    }
    return this
  }

  async leaves({ min, max } = delay, budget = 60_000): Promise<[end: string, ms: number]> {
    const deadline = new Deadline(this.runtime, budget)
    const end = await this.runtime.complete(waitForPropagation(this.runtime, { min, max }, this.rates, deadline))
    return [end, this.runtime.now() - SIGNAL]
  }

  #at(at: number, callback: () => void): void {
    if (at < 0) callback()
    else this.runtime.setTimeout(callback, at)
  }
}

/** ln(1/ε) / λ in ms, from the docs. */
const silence = (perSecond: number) => (Math.log(1e6) / perSecond) * 1_000
/** When the last call came, of those every so many ms until `to`. */
const lastOf = (every: number, to = 0) => FIRST + Math.floor((to - 1 - FIRST) / every) * every

/** Evidence is looked for from `min` on, every 50 ms. */
const evidenceAt = (ms: number, { min } = delay) => ['evidence', min + Math.max(0, Math.ceil((ms - min) / 50)) * 50]

const clients = (pod: Pod, count: number, at: number): Pod => {
  for (let one = 0; one < count; one++) pod.rates.record(`client ${one}`, SIGNAL + at)
  return pod
}

describe('a fixed delay', () => {
  test('lasts just so long, whatever the sources do', async () => {
    const fixed = { min: 5_000, max: 5_000 }
    expect(await new Pod().leaves(fixed)).toEqual(['max', 5_000])
    expect(await new Pod().calls('a', 20).leaves(fixed)).toEqual(['max', 5_000])
    expect(await new Pod().calls('a', 20, FIRST, 20_000).leaves(fixed)).toEqual(['max', 5_000])
  })

  test('of 0 ends at once', async () => {
    expect(await new Pod().leaves({ min: 0, max: 0 })).toEqual(['max', 0])
  })
})

describe('an adaptive delay', () => {
  test('ends at min where the busy source has fallen silent by then', async () => {
    expect(await new Pod().calls('a', 20).leaves()).toEqual(['evidence', 2_000])
  })

  test('never ends before min, nor after max', async () => {
    expect(await new Pod().calls('a', 20).leaves({ min: 7_000, max: 8_000 })).toEqual(['evidence', 7_000])
    expect(await new Pod().calls('a', 20, FIRST, 60_000).leaves()).toEqual(['max', 15_000])
    expect(await new Pod().leaves({ min: 1_000, max: 3_333 })).toEqual(['max', 3_333])
  })

  test.each([
    [10, 1_000],
    [4, 2_000],
    [2, 5_000],
  ])('waits for ln(1/ε)/λ of silence at %i a second', async (perSecond, to) => {
    const every = 1_000 / perSecond
    const pod = new Pod().calls('a', every, FIRST, to)
    const bounds = { min: 0, max: 20_000 }
    expect(await pod.leaves(bounds)).toEqual(evidenceAt(lastOf(every, to) + silence(perSecond), bounds))
  })

  test('waits for every source, each at its own rate', async () => {
    const pod = new Pod().calls('busy', 10).calls('less so', 250, FIRST, 1_000)
    expect(await pod.leaves()).toEqual(evidenceAt(lastOf(250, 1_000) + silence(4)))
  })

  test('is held by one source that goes on', async () => {
    const pod = new Pod().calls('gone', 10).calls('still here', 100, FIRST, 9_000)
    expect(await pod.leaves()).toEqual(evidenceAt(lastOf(100, 9_000) + silence(10)))
  })

  test('waits three times the longest gap, however many come at once', async () => {
    const last = lastOf(2_000) + 39
    expect(await new Pod().crowds('a', 40, 2_000).leaves()).toEqual(evidenceAt(last + 3 * (2_000 - 39)))
  })

  test('counts the silence before the signal as a gap', async () => {
    const last = lastOf(20, -3_000)
    expect(await new Pod().calls('a', 20, FIRST, -3_000).leaves()).toEqual(evidenceAt(last + 3 * -last))
  })

  test('knows neither a gap nor a rate of more than 20 s ago', async () => {
    const pod = new Pod().calls('a', 10, FIRST, -30_000).calls('a', 200, -24_950)
    expect(await pod.leaves()).toEqual(evidenceAt(lastOf(200) + silence(5)))
  })

  test.each([
    ['nobody has called', new Pod()],
    ['a source calls every two seconds', new Pod().calls('a', 2_000)],
    ['one of them hardly speaks', new Pod().calls('busy', 10).calls('quiet', 30_000, -45_000)],
    ['one of them was first met two seconds ago', new Pod().calls('busy', 10).calls('new', 10, -2_000)],
    ['one of them is first met after the signal', new Pod().calls('busy', 10).calls('new', 100, 500, 1_500)],
  ])('waits for max where silence proves nothing: %s', async (_, pod) => {
    expect(await pod.leaves()).toEqual(['max', 15_000])
  })

  test('measures a source that is back after more than 20 s like a new one', async () => {
    const back = (from: number) => new Pod().calls('a', 20, FIRST, -40_000).calls('a', 20, from)
    expect(await back(-10_000).leaves()).toEqual(['evidence', 2_000])
    expect(await back(-2_000).leaves()).toEqual(['max', 15_000])
    // Back after less it has shown that it can be silent for so long.
    expect(await new Pod().calls('a', 20, FIRST, -28_000).calls('a', 20, -10_000).leaves()).toEqual(['max', 15_000])
  })

  test('does not wait for a source that has not called for more than a minute', async () => {
    expect(await new Pod().calls('gone', 20, -100_000, -61_000).calls('a', 20).leaves()).toEqual(['evidence', 2_000])
    expect(await new Pod().calls('rare', 20, -100_000, -59_000).calls('a', 20).leaves()).toEqual(['max', 15_000])
  })

  test('gives up when the whole budget is spent', async () => {
    expect(await new Pod().leaves(delay, 3_000)).toEqual(['deadline', 3_000])
    expect(await new Pod().calls('a', 50, FIRST, 60_000).leaves(delay, 3_000)).toEqual(['deadline', 3_000])
    // Also before min.
    expect(await new Pod().leaves(delay, 1_000)).toEqual(['deadline', 1_000])
  })
})

describe('probes', () => {
  test('that are taken back do not hold the delay', async () => {
    expect(await new Pod().calls('node', 100).probes('node', 1_000).leaves()).toEqual(evidenceAt(2_000))
  })

  test('that are not known for probes would', async () => {
    const pod = new Pod().calls('node', 100).calls('node', 1_000, 100, 20_000)
    expect(await pod.leaves()).toEqual(['max', 15_000])
  })

  test('make less of the rate before the signal, for they were in it', async () => {
    const pod = new Pod().calls('node', 200).probes('node', 1_000)
    expect(await pod.leaves()).toEqual(evidenceAt(lastOf(200) + silence(5 - 2)))
  })

  test('alone prove nothing', async () => {
    expect(await new Pod().calls('node', 500).probes('node', 1_000).leaves()).toEqual(['max', 15_000])
  })

  test('from an address that has not called before are not waited for', async () => {
    const pod = new Pod().calls('busy', 20).probes('kubelet', 1_000, 600)
    expect(await pod.leaves()).toEqual(['evidence', 2_000])
  })

  test('do not take a call from the same address with them', async () => {
    const pod = new Pod().calls('busy', 20)
    pod.runtime.setTimeout(() => {
      const takeBack = pod.rates.record('node', pod.runtime.now())
      pod.runtime.setTimeout(() => pod.rates.record('node', pod.runtime.now()), 2)
      pod.runtime.setTimeout(takeBack, 4)
    }, 500)
    expect(await pod.leaves()).toEqual(['max', 15_000])
  })
})

describe('more sources than are measured', () => {
  test('hold the delay to max', async () => {
    const pod = new Pod()
    for (let at = -10_000; at < 0; at += 100) clients(pod, 1_024, at)
    expect(await pod.leaves()).toEqual(['evidence', 2_000])

    const more = new Pod()
    for (let at = -10_000; at < 0; at += 100) clients(more, 1_025, at)
    expect(await more.leaves()).toEqual(['max', 15_000])
  })

  test('are forgotten a minute later', async () => {
    const pod = clients(new Pod(), 2_000, -110_000).calls('a', 20, -45_000)
    expect(await pod.leaves()).toEqual(['evidence', 2_000])
  })

  test('hold it also where they come after the signal', async () => {
    const pod = new Pod()
    for (let at = -10_000; at < 0; at += 100) clients(pod, 1_024, at)
    pod.runtime.setTimeout(() => clients(pod, 1_025, 1_000), 1_000)
    expect(await pod.leaves()).toEqual(['max', 15_000])
  })
})
