import { describe, expect, test } from 'vitest'
import { FIRST, Pod, SIGNAL, type Times } from '../harness/pod.js'

const bounds = { min: 2_000, max: 15_000 }

/** Returns ln(1/ε) / λ in ms, as documented. */
const silence = (perSecond: number) => (Math.log(1e6) / perSecond) * 1_000
/** Returns the time of the last connection of a source that connects every `every` ms until `to`. */
const lastOf = (every: number, to = 0) => FIRST + Math.floor((to - 1 - FIRST) / every) * every

/** Returns the expected end: the rule looks at the evidence from `min` on, every 50 ms. */
const evidenceAt = (ms: number, { min } = bounds) => ['evidence', min + Math.max(0, Math.ceil((ms - min) / 50)) * 50]

const clients = (pod: Pod, count: number, at: number): Pod => {
  for (let one = 0; one < count; one++) pod.sources.record(`client ${one}`, SIGNAL + at)
  return pod
}

/** A busy source with a gap of 4 s that ends at `end`. */
const gapUntil = (end: number): Pod => new Pod().source('a', 20, -100_000, end - 4_000).source('a', 20, end)

/** A busy source that comes back after a pause. */
const back = (from: number): Pod => new Pod().source('a', 20, FIRST, -40_000).source('a', 20, from)

/** A busy source, and one that opens connections for a moment in each of these minutes. */
const visitsAt = (...minutes: number[]): Pod => {
  const pod = new Pod().source('busy', 20)
  for (const minute of minutes) pod.source('job', 20, minute * 60_000, minute * 60_000 + 100)
  return pod
}

/** Runs the delay. Returns the reason for its end, and its duration. */
const delayOf = async (pod: Pod, times: Times = bounds, budget?: number): Promise<[end: string, ms: number]> => {
  const { end } = await pod.delay(times, budget)
  return [end, pod.runtime.now() - SIGNAL]
}

describe('a fixed delay', () => {
  test('does not depend on the sources', async () => {
    const fixed = { min: 5_000, max: 5_000 }
    expect(await delayOf(new Pod(), fixed)).toEqual(['max', 5_000])
    expect(await delayOf(new Pod().source('a', 20), fixed)).toEqual(['max', 5_000])
    expect(await delayOf(new Pod().source('a', 20, FIRST, 20_000), fixed)).toEqual(['max', 5_000])
  })

  test('of 0 ms ends at once', async () => {
    expect(await delayOf(new Pod(), { min: 0, max: 0 })).toEqual(['max', 0])
  })
})

describe('an adaptive delay', () => {
  test('ends at min if the busy source has fallen silent by then', async () => {
    expect(await delayOf(new Pod().source('a', 20))).toEqual(['evidence', 2_000])
  })

  test('never ends before min or after max', async () => {
    expect(await delayOf(new Pod().source('a', 20), { min: 7_000, max: 8_000 })).toEqual(['evidence', 7_000])
    expect(await delayOf(new Pod().source('a', 20, FIRST, 60_000))).toEqual(['max', 15_000])
    expect(await delayOf(new Pod(), { min: 1_000, max: 3_333 })).toEqual(['max', 3_333])
  })

  test.each([
    [10, 1_000],
    [4, 2_000],
    [2, 5_000],
  ])('waits for ln(1/ε)/λ of silence at %i connections per second', async (perSecond, to) => {
    const every = 1_000 / perSecond
    const pod = new Pod().source('a', every, FIRST, to)
    const wide = { min: 0, max: 20_000 }
    expect(await delayOf(pod, wide)).toEqual(evidenceAt(lastOf(every, to) + silence(perSecond), wide))
  })

  test('waits for every source, each at its own rate', async () => {
    const pod = new Pod().source('busy', 10).source('less busy', 250, FIRST, 1_000)
    expect(await delayOf(pod)).toEqual(evidenceAt(lastOf(250, 1_000) + silence(4)))
  })

  test('is extended by one source that still connects', async () => {
    const pod = new Pod().source('silent', 10).source('active', 100, FIRST, 9_000)
    expect(await delayOf(pod)).toEqual(evidenceAt(lastOf(100, 9_000) + silence(10)))
  })

  test('waits three times the longest gap, whatever the size of the bursts', async () => {
    const last = lastOf(2_000) + 39
    expect(await delayOf(new Pod().bursts('a', 40, 2_000))).toEqual(evidenceAt(last + 3 * (2_000 - 39)))
  })

  test('counts the silence before the signal as a gap', async () => {
    const last = lastOf(20, -3_000)
    expect(await delayOf(new Pod().source('a', 20, FIRST, -3_000))).toEqual(evidenceAt(last + 3 * -last))
  })

  test('ignores rates from more than 20 s ago', async () => {
    const pod = new Pod().source('a', 10, FIRST, -25_000).source('a', 200, -24_950)
    expect(await delayOf(pod)).toEqual(evidenceAt(lastOf(200) + silence(5)))
  })

  test('remembers gaps of the last minute', async () => {
    expect(await delayOf(gapUntil(-58_000))).toEqual(evidenceAt(-20 + 3 * (4_000 + 20)))
    expect(await delayOf(gapUntil(-62_000))).toEqual(['evidence', 2_000])
  })

  test.each([
    ['there is no source', new Pod()],
    ['a source connects every two seconds', new Pod().source('a', 2_000)],
    ['one source rarely connects', new Pod().source('busy', 10).source('quiet', 30_000, -45_000)],
    ['one source has been known for two seconds', new Pod().source('busy', 10).source('new', 10, -2_000)],
    ['one source first connects after the signal', new Pod().source('busy', 10).source('new', 100, 500, 1_500)],
  ])('waits until max if silence proves nothing: %s', async (_, pod) => {
    expect(await delayOf(pod)).toEqual(['max', 15_000])
  })

  test('treats a source that returns after more than 20 s as new', async () => {
    expect(await delayOf(back(-10_000))).toEqual(['evidence', 2_000])
    expect(await delayOf(back(-2_000))).toEqual(['max', 15_000])
    // A shorter silence counts as a gap: the source can be silent for that long.
    expect(await delayOf(new Pod().source('a', 20, FIRST, -28_000).source('a', 20, -10_000))).toEqual(['max', 15_000])
    // The gaps before a pause are over.
    expect(await delayOf(new Pod().source('a', 8_000, FIRST, -40_000).source('a', 20, -10_000))).toEqual([
      'evidence',
      2_000,
    ])
  })

  test('does not wait for a source that has not connected for more than a minute', async () => {
    expect(await delayOf(new Pod().source('silent', 20, -100_000, -61_000).source('a', 20))).toEqual([
      'evidence',
      2_000,
    ])
    expect(await delayOf(new Pod().source('rare', 20, -100_000, -59_000).source('a', 20))).toEqual(['max', 15_000])
  })

  test('waits for a source that returns regularly, until it has been silent three times its longest pause', async () => {
    expect(await delayOf(visitsAt(-9, -7, -5))).toEqual(['max', 15_000])
    expect(await delayOf(visitsAt(-11, -9, -7))).toEqual(['evidence', 2_000])
    expect(await delayOf(visitsAt(-12, -9, -7))).toEqual(['max', 15_000])
    // Two visits are no habit.
    expect(await delayOf(visitsAt(-10, -5))).toEqual(['evidence', 2_000])
    // Nothing is remembered for longer than 15 minutes.
    expect(await delayOf(visitsAt(-56, -36, -16))).toEqual(['evidence', 2_000])
    expect(await delayOf(visitsAt(-54, -34, -14))).toEqual(['max', 15_000])
  })

  test('ends when the budget is spent', async () => {
    expect(await delayOf(new Pod(), bounds, 3_000)).toEqual(['deadline', 3_000])
    expect(await delayOf(new Pod().source('a', 50, FIRST, 60_000), bounds, 3_000)).toEqual(['deadline', 3_000])
    // The budget can end before min.
    expect(await delayOf(new Pod(), bounds, 1_000)).toEqual(['deadline', 1_000])
  })
})

describe('a delay with an expected time', () => {
  const times = { min: 2_000, expected: 10_000, max: 40_000 }

  test('ends on evidence before it', async () => {
    expect(await delayOf(new Pod().source('a', 20), times)).toEqual(['evidence', 2_000])
  })

  test.each([
    ['no source', new Pod()],
    ['a rare source', new Pod().source('rare', 5_000)],
    ['a new source', new Pod().source('new', 100, -2_000)],
    ['a new source after the signal', new Pod().source('new', 100, 1_000, 2_000)],
    ['a rare source that connects after the signal', new Pod().source('rare', 5_000, FIRST, 2_000)],
    ['a busy source that has been silent for 8 s', new Pod().bursts('spells', 40, 6_000)],
    ['more sources than the limit', clients(new Pod(), 1_025, -1_000)],
  ])('ends at it with %s', async (_, pod) => {
    expect(await delayOf(pod, times)).toEqual(['expected', 10_000])
  })

  test('goes on while a busy source opens connections, until its silence is evidence', async () => {
    const pod = new Pod().source('a', 100, FIRST, 25_000)
    expect(await delayOf(pod, times)).toEqual(evidenceAt(lastOf(100, 25_000) + silence(10)))
  })

  test('goes on until a rare source has been silent for 8 s', async () => {
    const pod = new Pod().source('rare', 3_000, -59_000, 20_000)
    expect(await delayOf(pod, times)).toEqual(['expected', 19_000 + 8_000])
  })

  test('goes on until a new source has been silent for 8 s', async () => {
    expect(await delayOf(new Pod().source('new', 100, 9_000, 12_000), times)).toEqual(['expected', 11_900 + 8_000])
  })

  test('goes on until sources beyond the limit have been silent for 8 s', async () => {
    const pod = clients(new Pod(), 1_024, -1_000).source('another', 100, 8_000, 9_001)
    expect(await delayOf(pod, times)).toEqual(['expected', 9_000 + 8_000])
  })

  test('ends at max if a source never stops', async () => {
    expect(await delayOf(new Pod().source('a', 100, FIRST, 60_000), times)).toEqual(['max', 40_000])
    expect(await delayOf(new Pod().source('rare', 3_000, FIRST, 60_000), times)).toEqual(['max', 40_000])
  })
})

describe('probes', () => {
  test('do not extend the delay if their records are removed', async () => {
    expect(await delayOf(new Pod().source('node', 100).probes('node', 1_000))).toEqual(evidenceAt(2_000))
  })

  test('would extend the delay otherwise', async () => {
    const pod = new Pod().source('node', 100).source('node', 1_000, 100, 20_000)
    expect(await delayOf(pod)).toEqual(['max', 15_000])
  })

  test('reduce the rate before the signal, which included probes', async () => {
    const pod = new Pod().source('node', 200).probes('node', 1_000)
    expect(await delayOf(pod)).toEqual(evidenceAt(lastOf(200) + silence(5 - 2)))
  })

  test('without other traffic prove nothing', async () => {
    expect(await delayOf(new Pod().source('node', 500).probes('node', 1_000))).toEqual(['max', 15_000])
  })

  test('do not extend the delay if their address sends no other traffic', async () => {
    const pod = new Pod().source('busy', 20).probes('kubelet', 1_000, 600)
    expect(await delayOf(pod)).toEqual(['evidence', 2_000])
  })

  test('do not remove the record of another connection from the same address', async () => {
    const pod = new Pod().source('busy', 20)
    pod.runtime.setTimeout(() => {
      const retract = pod.sources.record('node', pod.runtime.now())
      pod.runtime.setTimeout(() => pod.sources.record('node', pod.runtime.now()), 2)
      pod.runtime.setTimeout(retract, 4)
    }, 500)
    expect(await delayOf(pod)).toEqual(['max', 15_000])
  })
})

describe('more sources than the limit', () => {
  test('extend the delay to max', async () => {
    const pod = new Pod()
    for (let at = -10_000; at < 0; at += 100) clients(pod, 1_024, at)
    expect(await delayOf(pod)).toEqual(['evidence', 2_000])

    const more = new Pod()
    for (let at = -10_000; at < 0; at += 100) clients(more, 1_025, at)
    expect(await delayOf(more)).toEqual(['max', 15_000])
  })

  test('stop mattering a minute later', async () => {
    const pod = clients(new Pod(), 2_000, -110_000).source('a', 20, -45_000)
    expect(await delayOf(pod)).toEqual(['evidence', 2_000])
  })

  test('extend the delay, too, if they appear after the signal', async () => {
    const pod = new Pod()
    for (let at = -10_000; at < 0; at += 100) clients(pod, 1_024, at)
    pod.runtime.setTimeout(() => clients(pod, 1_025, 1_000), 1_000)
    expect(await delayOf(pod)).toEqual(['max', 15_000])
  })
})
