import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../../src/base/attempt.ts'
import { causeOf } from '../../../src/verdict/story/causes.ts'
import type { Cause } from '../../../src/verdict/story/causes.ts'
import { podStories } from '../../../src/verdict/story/pod-story.ts'
import { unansweredRequests } from '../../../src/reports/data/unanswered.ts'
import type { Execution } from '../../../src/ledger/server-log.ts'
import { rolloutOf, URL } from '../../fixtures/story.ts'
import type { Made } from '../../fixtures/story.ts'

/** The cause of what was lost last. */
function lastCause(made: Made): Cause {
  const { record } = rolloutOf(made)
  const failure = record.ledger.failures.at(-1)
  if (!failure) throw new Error('nothing was lost')
  return causeOf(failure, { timeline: record.timeline, stories: podStories(record) })
}

const execution = (changes: Partial<Execution> = {}): Execution => ({
  pod: 'old',
  earlierPod: undefined,
  times: 1,
  end: 'unknown',
  startedAt: undefined,
  endedAt: undefined,
  ...changes,
})

/** SIGTERM after 1 s, the listener closed after 3 s, gone after 9 s; the load balancer switched after 3.5 s. */
const OLD: Made['pods'] = { old: { terminating: 1_000, gone: 9_000, switched: 3_500 } }
const LOG: NonNullable<Made['log']> = [['old', 3_000, { state: 'draining' }]]
const at = (start: number, end: number): { start: number; end: number } => ({ start, end })

describe('the cause of a drop, in words', () => {
  it('reused connection reset after the listener was closed', () => {
    expect(
      lastCause({
        pods: OLD,
        log: LOG,
        attempts: [{ ...at(3_010, 3_012), outcome: 'reset', final: 'reset-before-start', reused: true, pod: 'old' }],
      }),
    ).toMatchObject({
      pod: 'old',
      podKnown: true,
      stage: 'draining',
      cause: 'reused connection reset, its request never started, 12 ms after old closed its listener',
      advice: expect.stringContaining('Connection: close from SIGTERM on') as string,
    })
  })

  it('new connection refused before its load balancer had switched, with the delay that would have been enough', () => {
    const cause = lastCause({
      pods: OLD,
      log: LOG,
      attempts: [{ ...at(3_200, 3_300), outcome: 'reset', port: 7, refusedBy: 'old' }],
    })
    expect(cause).toMatchObject({
      stage: 'draining',
      cause: `new connection refused 300 ms after old closed its listener: ${URL} had not switched yet, it did so 2,500 ms after SIGTERM`,
      advice: 'after SIGTERM go on taking new connections for 3.3 s at least: the last one came after 2.2 s',
    })
  })

  it('new connection refused, on a cluster where nobody tells whose it was or when the proxy switched', () => {
    expect(
      lastCause({
        pods: { old: { terminating: 1_000, gone: 9_000 } },
        log: LOG,
        attempts: [{ ...at(3_200, 3_300), outcome: 'refused' }],
      }),
    ).toMatchObject({
      pod: 'old',
      podKnown: false,
      cause: `new connection refused 300 ms after old closed its listener: ${URL} had not switched yet`,
    })
  })

  it.each<[string, Made['attempts'][number], string, RegExp]>([
    [
      'a handler cut off',
      { ...at(500, 1_020), outcome: 'reset', final: 'reset-after-start', execution: execution(), reused: true },
      'reused connection reset in the middle of the handler 20 ms after old got SIGTERM',
      /wait for the requests in flight/,
    ],
    [
      'a body cut off',
      { ...at(500, 3_200), outcome: 'truncated', pod: 'old' },
      'new connection ended inside the response body 200 ms after old closed its listener',
      /wait for the requests in flight/,
    ],
    [
      'executed, and not answered',
      {
        ...at(3_000, 3_040),
        outcome: 'closed',
        final: 'executed-unanswered',
        execution: execution({ end: 'finished' }),
      },
      'new connection closed with FIN though its request had been executed 40 ms after old closed its listener',
      /RFC 9112/,
    ],
    [
      'executed though it was declared not to be',
      {
        ...at(3_000, 3_040),
        outcome: 'not-processed',
        final: 'executed-unanswered',
        execution: execution(),
        reused: true,
      },
      'reused connection ended, a request executed on it that it had declared not to be processed, 40 ms after old closed its listener',
      /run no handler/,
    ],
    [
      'executed twice',
      {
        ...at(2_000, 2_100),
        final: 'executed-twice',
        execution: execution({ times: 2, earlierPod: 'old', pod: 'new', end: 'finished' }),
      },
      'request executed 2 times, by old and new, and answered once by new',
      /retry only what is safe to repeat/,
    ],
    [
      'a 503 in the lame duck',
      { ...at(1_100, 1_112), outcome: '5xx', status: 503, pod: 'old' },
      'new connection answered with status 503 112 ms after old got SIGTERM',
      /fail readiness, not requests/,
    ],
    [
      'no answer from a pod that has gone',
      { ...at(9_400, 19_400), outcome: 'unreachable', pod: 'old' },
      `new connection not established, or lost without a word, 400 ms after old had ended: ${URL} had not switched yet, it did so 2,500 ms after SIGTERM`,
      /go on taking new connections/,
    ],
    [
      'before anything happened',
      { ...at(200, 300), outcome: 'reset', pod: 'old' },
      'new connection reset 700 ms before old got SIGTERM',
      /nothing was happening to old/,
    ],
    [
      'no pod at all',
      { ...at(3_000, 3_001), outcome: 'reset', port: 7, refusedBy: null },
      `new connection refused because no pod was ready behind ${URL}`,
      /keep a pod ready/,
    ],
  ])('%s', (_, attempt, cause, advice) => {
    const found = lastCause({ pods: OLD, log: LOG, attempts: [attempt] })
    expect(found.cause).toBe(cause)
    expect(found.advice).toMatch(advice)
  })

  it('a process that ends at SIGTERM is told to stay', () => {
    const pods = { old: { terminating: 1_000, gone: 1_050, switched: 3_500 } }
    const cut = lastCause({ pods, attempts: [{ ...at(500, 1_030), outcome: 'closed', reused: true, pod: 'old' }] })
    expect(cut).toMatchObject({ stage: 'gone', cause: 'reused connection closed with FIN as old ended' })
    expect(cut.advice).toMatch(/do not let SIGTERM end the process/)
    const refused = lastCause({
      pods,
      attempts: [{ ...at(1_400, 1_401), outcome: 'reset', port: 1, refusedBy: 'old' }],
    })
    expect(refused.cause).toMatch(/^new connection refused 351 ms after old had ended: .* had not switched yet/)
    expect(refused.advice).toMatch(/do not let SIGTERM end the process/)
  })

  it('SIGKILL at the end of the grace period is named', () => {
    const pods = { old: { terminating: 1_000, gone: 9_000, tookSigkill: true } }
    const found = lastCause({ pods, attempts: [{ ...at(500, 8_990), outcome: 'reset', reused: true, pod: 'old' }] })
    expect(found.cause).toBe('reused connection reset as old ended, which took SIGKILL at the end of its grace period')
    expect(found.advice).toMatch(/terminationGracePeriodSeconds/)
  })

  it('SIGKILL on purpose is no fault of the service', () => {
    const pods = { old: { killed: 1_000, gone: 1_100 } }
    const found = lastCause({ pods, attempts: [{ ...at(900, 1_010), outcome: 'reset', reused: true, pod: 'old' }] })
    expect(found).toMatchObject({ stage: 'gone', cause: 'reused connection reset 10 ms after old was killed' })
    expect(found.advice).toMatch(/SIGKILL leaves no time/)
  })

  it('a pod that takes traffic before it is ready is told to have a readiness probe', () => {
    const pods = { fresh: { created: 500, ready: 4_000 } }
    const found = lastCause({ pods, attempts: [{ ...at(900, 1_010), outcome: 'reset', port: 3, refusedBy: 'fresh' }] })
    expect(found).toMatchObject({ stage: 'starting' })
    expect(found.cause).toBe(
      `new connection refused 510 ms after fresh was created, not ready yet: ${URL} sent to it already`,
    )
    expect(found.advice).toMatch(/readiness probe/)
  })

  it('does not guess a pod where several can have been it', () => {
    const pods = { old: { terminating: 1_000 }, 'old-2': { terminating: 2_000 } }
    const found = lastCause({ pods, attempts: [{ ...at(2_500, 2_600), outcome: 'refused' }] })
    expect(found).toMatchObject({ pod: null, stage: 'no-pod' })
    expect(found.cause).toBe('new connection refused (no pod is known; +600 ms after old-2 got SIGTERM)')
  })
})

const SEEN: readonly Outcome[] = ['refused', 'reset', 'closed', 'truncated', 'timed-out', '5xx', '4xx', 'wrong-body']

describe('drop lines', () => {
  it('have a cause and an advice for every class, at every stage', () => {
    const attempts = SEEN.flatMap((outcome) =>
      [100, 1_100, 3_100, 9_100].map((end) => ({ ...at(end - 50, end), outcome, pod: 'old' })),
    )
    const lines = unansweredRequests(rolloutOf({ pods: OLD, log: LOG, attempts }).record)
    expect(lines).toHaveLength(attempts.length)
    expect(lines.filter(({ cause, advice }) => cause === '' || advice === '')).toEqual([])
    expect(lines.map(({ cause }) => cause).filter((cause) => /undefined|null|NaN|  /.test(cause))).toEqual([])
    expect(new Set(lines.map(({ stage }) => stage))).toEqual(new Set(['ready', 'lame-duck', 'draining', 'gone']))
  })
})
