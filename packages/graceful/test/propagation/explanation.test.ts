import { describe, expect, test } from 'vitest'
import { textOfEnd, textOfHolder } from '../../src/propagation/explanation.js'
import { FIRST, Pod, SIGNAL, type Times } from '../harness/pod.js'

const times = { min: 2_000, expected: 10_000, max: 40_000 }

/** Runs the delay. Returns the log line at its end, and the report. */
async function explained(pod: Pod, delay: Times = times) {
  const { end, report } = await pod.delay(delay)
  return { line: textOfEnd(end, pod.runtime.now() - SIGNAL, report), report }
}

describe('the end of the delay is explained', () => {
  test('if the shortest delay was enough', async () => {
    const { line, report } = await explained(new Pod().source('10.0.0.1', 20).source('10.0.0.2', 100))
    expect(report).toEqual({
      heldBy: undefined,
      sourceCount: 2,
      sources: [
        { address: '10.0.0.2', perSecond: 10, longestGapMs: 100, silenceNeededMs: 1_382, silenceSeenMs: 2_050 },
        { address: '10.0.0.1', perSecond: 50, longestGapMs: 20, silenceNeededMs: 277, silenceSeenMs: 2_010 },
      ],
    })
    expect(line).toBe(
      'the propagation delay is over after 2.0 s (evidence): every source was silent long enough when the shortest delay was over',
    )
  })

  test('if a source held it with its silence', async () => {
    const pod = new Pod().source('10.0.0.1', 20, FIRST, 3_000).source('10.0.0.2', 250, FIRST, 1_000)
    const { line, report } = await explained(pod)
    expect(report).toMatchObject({ heldBy: '10.0.0.2', sourceCount: 2 })
    expect(report!.sources.map(({ address }) => address)).toEqual(['10.0.0.2', '10.0.0.1'])
    expect(line).toBe(
      'the propagation delay is over after 4.3 s (evidence), held by 10.0.0.2 (4 connections/s, longest gap 0.3 s, silent for 3.5 s of the 3.5 s needed)',
    )
  })

  test('if a rare source held it until the expected delay', async () => {
    const { line } = await explained(new Pod().source('10.0.0.1', 20).source('10.0.0.2', 5_000))
    expect(line).toBe(
      'the propagation delay is over after 10.0 s (expected), held by 10.0.0.2 (0.2 connections/s, longest gap 5.0 s, silent for 14.9 s of the 69.1 s needed)',
    )
  })

  test('if a source without a rate held it until the expected delay', async () => {
    const { line, report } = await explained(new Pod().source('10.0.0.1', 20).source('10.0.0.2', 100, 500, 1_500))
    expect(report!.sources[0]).toEqual({
      address: '10.0.0.2',
      perSecond: undefined,
      longestGapMs: undefined,
      silenceNeededMs: undefined,
      silenceSeenMs: 8_600,
    })
    expect(line).toBe(
      'the propagation delay is over after 10.0 s (expected), held by 10.0.0.2 (too rare or too new to have a rate, silent for 8.6 s, which proves nothing)',
    )
  })

  test('if a source held it beyond the expected delay', async () => {
    const pod = new Pod().source('10.0.0.1', 60_000).source('10.0.0.2', 3_000, -59_000, 20_000)
    const { line, report } = await explained(pod)
    expect(pod.extensions).toHaveLength(1)
    expect(textOfHolder(pod.extensions[0]!)).toBe(
      '10.0.0.2 (0.3 connections/s, longest gap 3.0 s, silent for 0.0 s of the 8.0 s needed)',
    )
    expect(report).toMatchObject({ heldBy: '10.0.0.2' })
    expect(line).toBe(
      'the propagation delay is over after 27.0 s (expected), held by 10.0.0.2 (0.3 connections/s, longest gap 3.0 s, silent for 8.0 s of the 8.0 s needed)',
    )
  })

  test('if a source held it to its end', async () => {
    const { line } = await explained(new Pod().source('10.0.0.1', 20).source('10.0.0.2', 100, FIRST, 60_000))
    expect(line).toBe(
      'the propagation delay is over after 40.0 s (max), held by 10.0.0.2 (10 connections/s, longest gap 0.1 s, silent for 0.1 s of the 1.4 s needed)',
    )
  })

  test('if the budget ended first', async () => {
    const pod = new Pod().source('10.0.0.1', 20, FIRST, 60_000)
    const { end, report } = await pod.delay(times, 3_000)
    expect([end, report!.heldBy]).toEqual(['deadline', '10.0.0.1'])
  })

  test('without a source', async () => {
    const { line, report } = await explained(new Pod())
    expect(report).toEqual({ heldBy: undefined, sourceCount: 0, sources: [] })
    expect(line).toBe(
      'the propagation delay is over after 10.0 s (expected): no source opened connections before or after the signal',
    )
  })

  test('with more sources than the limit', async () => {
    const pod = new Pod()
    for (let one = 0; one < 1_025; one++) pod.sources.record(`10.1.${one >> 8}.${one & 255}`, SIGNAL - 1_000)
    const { line, report } = await explained(pod)
    expect(report).toMatchObject({ heldBy: 'more than 1024 addresses', sourceCount: 1_024 })
    expect(line).toBe('the propagation delay is over after 10.0 s (expected), held by more than 1024 addresses')
  })

  test('without sources if it is fixed', async () => {
    const { line, report } = await explained(new Pod().source('10.0.0.1', 20), { min: 5_000, max: 5_000 })
    expect(report).toBe(undefined)
    expect(line).toBe('the propagation delay is over after 5.0 s (max)')
  })
})

test('the report has the eight sources that held the delay longest', async () => {
  const pod = new Pod()
  for (let node = 1; node <= 20; node++) pod.source(`10.0.0.${node}`, 10 * node)
  const { report } = await pod.delay(times)
  expect(report).toMatchObject({ heldBy: '10.0.0.20', sourceCount: 20 })
  expect(report!.sources.map(({ address }) => address)).toEqual(
    [20, 19, 18, 17, 16, 15, 14, 13].map((node) => `10.0.0.${node}`),
  )
})

test('of several sources without a rate, the one that connected last held the delay', async () => {
  const pod = new Pod()
    .source('10.0.0.1', 100, 500, 1_000)
    .source('10.0.0.2', 100, 500, 2_000)
    .source('10.0.0.3', 60_000)
  const { report } = await pod.delay(times)
  expect(report!.sources.map(({ address }) => address)).toEqual(['10.0.0.2', '10.0.0.1', '10.0.0.3'])
})

test('a delay that ends at the expected time is not reported as extended', async () => {
  const pod = new Pod().source('10.0.0.1', 5_000)
  await pod.delay(times)
  expect(pod.extensions).toEqual([])
})

test('addresses are shown in the form of their own protocol', async () => {
  const pod = new Pod().source('::ffff:10.0.0.1', 20).source('fd00::1', 100).source('', 200)
  const { report } = await pod.delay(times)
  expect(report!.sources.map(({ address }) => address)).toEqual(['a local client', 'fd00::1', '10.0.0.1'])
})
