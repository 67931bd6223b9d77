import { describe, expect, it } from 'vitest'
import { marginOf } from '../../../src/verdict/story/margin.ts'
import type { MarginFacts } from '../../../src/verdict/story/margin.ts'
import { podStories } from '../../../src/verdict/story/pod-story.ts'
import type { PodStory } from '../../../src/verdict/story/pod-story.ts'
import { runMargin } from '../../../src/reports/data/margin.ts'
import { rolloutOf } from '../../fixtures/story.ts'

const facts = (changes: Partial<MarginFacts>): MarginFacts => ({
  terminatingAt: 10_000,
  listenerClosedAt: 15_000,
  lastFreshArrivalAt: null,
  sourcesSilentAt: null,
  exitedAt: null,
  ...changes,
})

describe('the margin of a pod', () => {
  it.each<[string, Partial<MarginFacts>, string, number | null, number | null, number | null]>([
    ['50 ms to spare', { lastFreshArrivalAt: 14_950 }, 'near-miss', 4_950, 50, 7_425],
    [
      '999 ms to spare after a second',
      { lastFreshArrivalAt: 11_000, listenerClosedAt: 11_999 },
      'near-miss',
      1_000,
      999,
      2_000,
    ],
    [
      '1 s to spare after a second',
      { lastFreshArrivalAt: 11_000, listenerClosedAt: 12_000 },
      'comfortable',
      1_000,
      1_000,
      2_000,
    ],
    [
      'half as long to spare',
      { lastFreshArrivalAt: 14_000, listenerClosedAt: 16_000 },
      'comfortable',
      4_000,
      2_000,
      6_000,
    ],
    [
      'less than half as long',
      { lastFreshArrivalAt: 14_000, listenerClosedAt: 15_999 },
      'near-miss',
      4_000,
      1_999,
      6_000,
    ],
    [
      'little to spare, but new connections had stopped',
      { lastFreshArrivalAt: 14_950, sourcesSilentAt: 15_000 },
      'adaptive',
      4_950,
      50,
      7_425,
    ],
    [
      'after the listener had closed, although connections seemed to have stopped',
      { lastFreshArrivalAt: 15_400, sourcesSilentAt: 15_000 },
      'too-short',
      5_400,
      -400,
      8_100,
    ],
    ['accepted from the backlog', { lastFreshArrivalAt: 15_020 }, 'near-miss', 5_020, -20, 7_530],
    ['after the listener had closed', { lastFreshArrivalAt: 15_400 }, 'too-short', 5_400, -400, 8_100],
    ['nothing after SIGTERM', { lastFreshArrivalAt: 9_999 }, 'none-seen', null, null, null],
    ['nothing at all', {}, 'none-seen', null, null, null],
    [
      'a listener whose close was not seen',
      { lastFreshArrivalAt: 12_000, listenerClosedAt: null },
      'unknown',
      2_000,
      null,
      3_000,
    ],
  ])('%s', (_, changes, assessment, lastArrivalMs, spareMs, comfortableDelayMs) => {
    const margin = marginOf(facts(changes))
    expect(margin).toMatchObject({ assessment, fresh: { lastArrivalMs, spareMs }, comfortableDelayMs })
  })

  it('does not exist for a pod that got no SIGTERM', () => {
    expect(marginOf(facts({ terminatingAt: null, lastFreshArrivalAt: 12_000 }))).toBeUndefined()
  })
})

/** One pod's story with this margin. */
const story = (pod: string, changes: Partial<MarginFacts>, by: PodStory['listenerClosedBy'] = 'log'): PodStory =>
  ({
    pod,
    ...facts(changes),
    listenerClosedBy: by,
    margin: marginOf(facts(changes)) ?? null,
  }) as Partial<PodStory> as PodStory

describe('the margin of a run', () => {
  it('is that of the pod with the least to spare, with the delay that would have been comfortable', () => {
    const margin = runMargin([
      story('a', { lastFreshArrivalAt: 12_000 }),
      story('b', { lastFreshArrivalAt: 14_950 }),
      story('c', { lastFreshArrivalAt: 14_000, listenerClosedAt: 15_500 }),
    ])
    expect(margin).toMatchObject({ assessment: 'near-miss', pod: 'b' })
    expect(margin?.sentence).toBe(
      'Margin, a near miss: the last new connection reached b 5.0 s after its SIGTERM, 50 ms before the pod closed its listener; ' +
        'a delay of 7.4 s would have been comfortable (the last arrival plus half as much again, at least 1 s).',
    )
  })

  it.each([
    [
      'comfortable',
      { lastFreshArrivalAt: 11_000 },
      /^Margin: the last .* 1\.0 s after its SIGTERM, 4\.0 s before the pod closed/,
    ],
    [
      'adaptive',
      { lastFreshArrivalAt: 14_950, sourcesSilentAt: 15_000 },
      /^Margin: .* 50 ms before the pod closed its listener\. The pod had waited until new connections stopped/,
    ],
    [
      'too-short',
      { lastFreshArrivalAt: 15_400 },
      /^Margin, too short: .* 400 ms after the pod had closed its listener; a delay of 8\.1 s/,
    ],
    [
      'unknown',
      { lastFreshArrivalAt: 11_000, listenerClosedAt: null },
      /It is unknown when the pod closed its listener/,
    ],
    ['none-seen', {}, /no new connection reached a pod after its SIGTERM/],
  ])('is %s', (assessment, changes, sentence) => {
    const margin = runMargin([story('a', changes)])
    expect(margin?.assessment).toBe(assessment)
    expect(margin?.sentence).toMatch(sentence)
  })

  it('is an upper limit if only a refused connection shows that the listener was closed', () => {
    expect(runMargin([story('a', { lastFreshArrivalAt: 14_950 }, 'refusal')])?.sentence).toContain(
      'at most 50 ms before',
    )
  })

  it('recommends a delay for the latest arrival over all pods', () => {
    const margin = runMargin([
      story('scarce', { lastFreshArrivalAt: 12_000, listenerClosedAt: 12_100 }),
      story('late', { lastFreshArrivalAt: 14_000, listenerClosedAt: 19_000 }),
    ])
    expect(margin).toMatchObject({ assessment: 'near-miss', pod: 'scarce' })
    expect(margin?.sentence).toContain(
      'a delay of 6.0 s would have been comfortable (the last arrival, which came 4.0 s after SIGTERM at late, plus half as much again',
    )
  })

  it('names the exit as the latest close of a listener that was not seen', () => {
    const unseen = { listenerClosedAt: null, exitedAt: 20_000 }
    const unknown = runMargin([story('a', { ...unseen, lastFreshArrivalAt: 11_000 })])
    expect(unknown?.assessment).toBe('unknown')
    expect(unknown?.sentence).toContain('at the latest when it exited, 10.0 s after SIGTERM')
    const scarce = runMargin([story('a', { ...unseen, lastFreshArrivalAt: 19_900 })])
    expect(scarce?.assessment).toBe('near-miss')
    expect(scarce?.sentence).toMatch(
      /^Margin, a near miss: the last new connection reached a 9\.9 s after its SIGTERM\./,
    )
  })

  it('does not exist if no pod got SIGTERM', () => {
    expect(runMargin([story('a', { terminatingAt: null })])).toBeUndefined()
  })
})

describe("a pod's story", () => {
  it('takes the close of the listener from the server log, and the later arrival of both sides', () => {
    const { record, at } = rolloutOf({
      pods: { old: { terminating: 1_000, gone: 9_000 } },
      log: [
        ['old', 4_000, { state: 'draining' }],
        ['old', 3_950, { msg: 'request started', attempt: 0 }],
      ],
      attempts: [
        { start: 3_900, end: 3_960, pod: 'old' },
        { start: 3_000, end: 3_100, pod: 'old', reused: true },
      ],
    })
    expect(podStories(record)[0]).toMatchObject({
      pod: 'old',
      listenerClosedAt: at(4_000),
      listenerClosedBy: 'log',
      lastFreshArrivalAt: at(3_950),
      lastReusedArrivalAt: at(3_000),
      lastAnswerAt: at(3_960),
      answered: 2,
      margin: { assessment: 'near-miss', fresh: { lastArrivalMs: 2_950, spareMs: 50 }, delayMs: 3_000 },
    })
  })

  it.each([
    ['during this shutdown', 3_900, 'adaptive'],
    ['during an earlier run of the container', -4_100, 'near-miss'],
  ])('knows from the server log that new connections had stopped %s', (_, at, assessment) => {
    const { record } = rolloutOf({
      pods: { old: { terminating: 1_000, gone: 9_000 } },
      log: [
        ['old', at, { delayEnd: 'evidence' }],
        ['old', 4_000, { state: 'draining' }],
      ],
      attempts: [{ start: 3_800, end: 3_810, pod: 'old' }],
    })
    expect(podStories(record)[0]?.margin?.assessment).toBe(assessment)
  })

  it('without a server log, infers the close of the listener from the first refusal', () => {
    const { record, at } = rolloutOf({
      pods: { old: { terminating: 1_000, gone: 9_000 } },
      attempts: [
        { start: 2_000, end: 2_010, pod: 'old' },
        { start: 3_000, end: 3_001, outcome: 'refused' },
        { start: 3_500, end: 3_501, outcome: 'refused' },
      ],
    })
    expect(podStories(record)[0]).toMatchObject({
      listenerClosedAt: at(3_001),
      listenerClosedBy: 'refusal',
      lastFreshArrivalAt: at(3_500),
      margin: { assessment: 'too-short', comfortableDelayMs: 2_500 + 1_250 },
    })
  })

  it('infers from a refusal after the exit that the exit closed the listener', () => {
    const { record, at } = rolloutOf({
      pods: { old: { terminating: 1_000, gone: 1_200 } },
      attempts: [{ start: 3_000, end: 3_001, outcome: 'refused' }],
    })
    expect(podStories(record)[0]).toMatchObject({ listenerClosedAt: at(1_200), listenerClosedBy: 'exit' })
  })

  it('assigns no refusal if two pods were terminating', () => {
    const { record } = rolloutOf({
      pods: { old: { terminating: 1_000 }, 'old-2': { terminating: 1_500 } },
      attempts: [{ start: 3_000, end: 3_001, outcome: 'refused' }],
    })
    expect(podStories(record).map(({ listenerClosedAt }) => listenerClosedAt)).toEqual([null, null])
  })

  it('assigns a refusal to the pod that the load balancer names', () => {
    const { record, at } = rolloutOf({
      pods: { old: { terminating: 1_000 }, 'old-2': { terminating: 1_500 } },
      attempts: [{ start: 3_000, end: 3_001, outcome: 'reset', port: 7, refusedBy: 'old-2' }],
    })
    expect(podStories(record).map(({ listenerClosedAt }) => listenerClosedAt)).toEqual([null, at(3_001)])
  })

  it('ignores a listener that closed long before SIGTERM, in an earlier run of the container', () => {
    const { record } = rolloutOf({
      pods: { old: { terminating: 20_000 } },
      log: [['old', 4_000, { state: 'draining' }]],
      attempts: [],
    })
    expect(podStories(record)[0]?.listenerClosedAt).toBeNull()
  })

  it('exists for every pod, even if nothing is known about it', () => {
    const { record } = rolloutOf({ pods: { a: {}, b: { terminating: 1_000 } }, attempts: [] })
    expect(podStories(record).map(({ pod, margin }) => [pod, margin?.assessment])).toEqual([
      ['a', undefined],
      ['b', 'none-seen'],
    ])
  })
})
