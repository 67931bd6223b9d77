import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../../src/base/attempt.ts'
import { causeOf } from '../../../src/verdict/story/causes.ts'
import type { Cause } from '../../../src/verdict/story/causes.ts'
import { podStories } from '../../../src/verdict/story/pod-story.ts'
import { unansweredRequests } from '../../../src/reports/data/unanswered.ts'
import type { Execution } from '../../../src/ledger/logs/server-log.ts'
import { rolloutOf, URL } from '../../fixtures/story.ts'
import type { Made } from '../../fixtures/story.ts'

/** The cause of the last failed attempt. */
function lastCause(made: Made): Cause {
  const { record } = rolloutOf(made)
  const failure = record.ledger.failures.at(-1)
  if (!failure) throw new Error('no attempt failed')
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

/** SIGTERM after 1 s, the listener closed after 3 s, gone after 9 s; the load balancer removed the pod after 3.5 s. */
const OLD: Made['pods'] = { old: { terminating: 1_000, gone: 9_000, switched: 3_500 } }
const LOG: NonNullable<Made['log']> = [['old', 3_000, { state: 'draining' }]]
const at = (start: number, end: number): { start: number; end: number } => ({ start, end })

const lostAtClose = (waiting: number, attempt: Partial<Made['attempts'][number]>): Cause =>
  lastCause({
    pods: { old: { ...OLD['old'], closed: [3_000, waiting] } },
    attempts: [{ ...at(2_600, 3_010), outcome: 'reset', pod: 'old', ...attempt }],
  })

describe('the cause of a drop', () => {
  it('names a reused connection that was reset after the listener closed', () => {
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

  it.each([
    ['closed', 'closed with FIN'],
    ['reset', 'reset'],
  ] as const)('names a WebSocket without a close frame, whether its connection was %s', (outcome, how) => {
    for (const reused of [false, true]) {
      // A message that waited for long is still a matter of the close frame.
      const attempt = { ...at(1_500, 3_012), outcome, reused, pod: 'old', expected: 1_000, webSocket: 'cut' } as const
      const { cause, advice } = lastCause({ pods: OLD, log: LOG, attempts: [attempt] })
      expect(cause).toBe(`WebSocket ${how} without a close frame 12 ms after old closed its listener`)
      expect(advice).toBe(
        'close each WebSocket with a close frame, code 1001, after the replies to its messages, before you exit',
      )
    }
  })

  it('names a message that the service read, but did not answer before its close frame', () => {
    const attempt = {
      ...at(3_000, 3_012),
      outcome: 'closed',
      reused: true,
      pod: 'old',
      webSocket: 'unanswered',
    } as const
    expect(lastCause({ pods: OLD, log: LOG, attempts: [attempt] })).toMatchObject({
      cause: expect.stringMatching(/^WebSocket closed without a reply to a message that the service had read, 12 ms/),
      advice: 'answer each message that the service has read, before the close frame of its WebSocket',
    })
  })

  it('blames the exit, and not the close frame, for a WebSocket of a pod that exited at SIGTERM', () => {
    const attempt = { ...at(500, 1_050), outcome: 'closed', pod: 'old', webSocket: 'cut' } as const
    const { cause, advice } = lastCause({ pods: { old: { terminating: 1_000, gone: 1_040 } }, attempts: [attempt] })
    expect(cause).toBe('WebSocket closed with FIN without a close frame as old exited')
    expect(advice).toMatch(/^do not exit on SIGTERM/)
  })

  it('names a refused connection of a load balancer that still listed the pod, and the delay that would have been enough', () => {
    const cause = lastCause({
      pods: OLD,
      log: LOG,
      attempts: [{ ...at(3_200, 3_300), outcome: 'reset', port: 7, refusedBy: 'old' }],
    })
    expect(cause).toMatchObject({
      stage: 'draining',
      cause: `new connection refused 300 ms after old closed its listener: ${URL} still sent requests to it, until 2,500 ms after SIGTERM`,
      advice:
        'after SIGTERM keep accepting new connections for at least 3.3 s: the last one arrived after 2.2 s, at old',
    })
  })

  it('infers the pod of a refused connection if no load balancer names it', () => {
    expect(
      lastCause({
        pods: { old: { terminating: 1_000, gone: 9_000 } },
        log: LOG,
        attempts: [{ ...at(3_200, 3_300), outcome: 'refused' }],
      }),
    ).toMatchObject({
      pod: 'old',
      podKnown: false,
      cause: `new connection refused 300 ms after old closed its listener: ${URL} still sent requests to it`,
    })
  })

  it.each<[string, Made['attempts'][number], string, RegExp]>([
    [
      'a handler cut off',
      { ...at(500, 1_020), outcome: 'reset', final: 'reset-after-start', execution: execution(), reused: true },
      'reused connection reset while the handler ran 20 ms after old got SIGTERM',
      /wait for in-flight requests/,
    ],
    [
      'a body cut off',
      { ...at(500, 3_200), outcome: 'truncated', pod: 'old' },
      'new connection ended inside the response body 200 ms after old closed its listener',
      /wait for in-flight requests/,
    ],
    [
      'executed, and not answered',
      {
        ...at(3_000, 3_040),
        outcome: 'closed',
        final: 'executed-unanswered',
        execution: execution({ end: 'finished' }),
      },
      'new connection closed with FIN although its request was executed 40 ms after old closed its listener',
      /RFC 9112/,
    ],
    [
      'executed although it was declared not processed',
      {
        ...at(3_000, 3_040),
        outcome: 'not-processed',
        final: 'executed-unanswered',
        execution: execution(),
        reused: true,
      },
      'reused connection ended after it executed a request that it had declared not processed, 40 ms after old closed its listener',
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
      /the proxy that sent the request to a second pod repeat only requests/,
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
      `new connection not established, or lost without RST or FIN, 400 ms after old had exited: ${URL} still sent requests to it, until 2,500 ms after SIGTERM`,
      /keep accepting new connections/,
    ],
    [
      'before anything happened',
      { ...at(200, 300), outcome: 'reset', pod: 'old' },
      'new connection reset 700 ms before old got SIGTERM',
      /check the log of old at that time/,
    ],
    [
      'no pod at all',
      { ...at(3_000, 3_001), outcome: 'reset', port: 7, refusedBy: null },
      `new connection refused because no pod was ready behind ${URL}`,
      /keep a pod ready/,
    ],
  ])('explains: %s', (_, attempt, cause, advice) => {
    const found = lastCause({ pods: OLD, log: LOG, attempts: [attempt] })
    expect(found.cause).toBe(cause)
    expect(found.advice).toMatch(advice)
  })

  it('advises a process that exits on SIGTERM to keep serving', () => {
    const pods = { old: { terminating: 1_000, gone: 1_050, switched: 3_500 } }
    const cut = lastCause({ pods, attempts: [{ ...at(500, 1_030), outcome: 'closed', reused: true, pod: 'old' }] })
    expect(cut).toMatchObject({ stage: 'gone', cause: 'reused connection closed with FIN as old exited' })
    expect(cut.advice).toMatch(/do not exit on SIGTERM/)
    const refused = lastCause({
      pods,
      attempts: [{ ...at(1_400, 1_401), outcome: 'reset', port: 1, refusedBy: 'old' }],
    })
    expect(refused.cause).toMatch(/^new connection refused 351 ms after old had exited: .* still sent requests to it/)
    expect(refused.advice).toMatch(/do not exit on SIGTERM/)
  })

  it('names SIGKILL at the end of the grace period', () => {
    const pods = { old: { terminating: 1_000, gone: 9_000, tookSigkill: true } }
    const found = lastCause({ pods, attempts: [{ ...at(500, 8_990), outcome: 'reset', reused: true, pod: 'old' }] })
    expect(found.cause).toBe(
      'reused connection reset as old was killed, which got SIGKILL at the end of its grace period',
    )
    expect(found.advice).toMatch(/terminationGracePeriodSeconds/)
  })

  it('names SIGKILL for a loss at the exit, however late the pod was seen to be gone', () => {
    const old = { terminating: 1_000, exited: 9_000, gone: 11_000, tookSigkill: true }
    const reset = { ...at(500, 9_020), outcome: 'reset', reused: true, pod: 'old' } as const
    const found = lastCause({ pods: { old }, attempts: [reset] })
    expect(found).toMatchObject({ stage: 'gone', advice: 'make the shutdown fit into terminationGracePeriodSeconds' })
    const logged = lastCause({ pods: { old }, log: LOG, attempts: [{ ...reset, end: 8_990 }] })
    expect(logged.advice).toBe('make the shutdown fit into terminationGracePeriodSeconds')
    // A pod that ended by itself, and was seen to be gone later.
    const quick = { terminating: 1_000, exited: 1_100, gone: 3_000 }
    const cut = lastCause({ pods: { old: quick }, attempts: [{ ...reset, end: 1_105 }] })
    expect(cut.advice).toMatch(/do not exit on SIGTERM/)
  })

  it.each([
    ['npm', 'npm'],
    ['sh -c', 'sh -c'],
  ])('names %s, which took SIGTERM and ended with the service', (wrapper) => {
    const old = { terminating: 1_000, exited: 1_040, gone: 2_000, exitCode: 143, wrapper, switched: 3_500 }
    const refused = { ...at(1_400, 1_401), outcome: 'reset', port: 1, refusedBy: 'old' } as const
    const found = lastCause({ pods: { old }, attempts: [refused] })
    expect(found.cause).toBe(
      `new connection refused 361 ms after old had exited, because SIGTERM went to ${wrapper}, which ended with exit code 143 ` +
        `(128 + 15, the number of SIGTERM) and the service with it: ${URL} still sent requests to it, until 2,500 ms after SIGTERM`,
    )
    expect(found.advice).toBe(
      `start the service itself, not through ${wrapper}, and handle SIGTERM in it: as with command: [node, server.js], or the exec form of CMD`,
    )
    const cut = lastCause({
      pods: { old },
      attempts: [{ ...at(500, 1_041), outcome: 'reset', reused: true, pod: 'old' }],
    })
    expect(cut.advice).toBe(found.advice)
    // It took a while to end.
    const late = { ...old, exited: 2_400, gone: 3_000 }
    const slow = lastCause({ pods: { old: late }, attempts: [{ ...at(500, 2_401), outcome: 'closed', pod: 'old' }] })
    expect(slow.advice).toBe(found.advice)
    const drained = lastCause({
      pods: { old: { ...old, exited: 8_000, gone: 9_000, exitCode: 0, closed: [3_000, 0] } },
      attempts: [{ ...refused, ...at(3_200, 3_201) }],
    })
    expect([drained.cause, drained.advice].filter((text) => text.includes(wrapper))).toEqual([])
  })

  it('explains exit code 143 of a service without a handler', () => {
    const old = { terminating: 1_000, exited: 1_040, gone: 2_000, exitCode: 143 }
    const found = lastCause({
      pods: { old },
      attempts: [{ ...at(1_039, 1_041), outcome: 'reset', reused: true, pod: 'old' }],
    })
    expect(found.cause).toBe(
      'reused connection reset as old exited, with exit code 143 (128 + 15, the number of SIGTERM): the signal ended it',
    )
    expect(found.advice).toMatch(/do not exit on SIGTERM/)
  })

  it('says that a pod ignored SIGTERM if it accepted connections until SIGKILL', () => {
    const old = { terminating: 1_000, exited: 9_000, gone: 9_500, tookSigkill: true, closed: [8_990, 0] } as const
    const found = lastCause({
      pods: { old },
      attempts: [{ ...at(500, 8_999), outcome: 'reset', reused: true, pod: 'old' }],
    })
    expect(found.cause).toBe(
      'reused connection reset as old was killed, which got SIGKILL at the end of its grace period and still accepted connections then',
    )
    expect(found.advice).toMatch(/^handle SIGTERM/)
  })

  it('tells a connection in the backlog from a request in flight', () => {
    const waiting = lostAtClose(7, {})
    expect(waiting.cause).toBe('new connection reset as old closed its listener with 7 connections in its backlog')
    expect(waiting.advice).toMatch(/^after SIGTERM keep accepting new connections/)
    const cut = lostAtClose(0, { outcome: 'closed', expected: 500 })
    expect(cut.cause).toBe(
      'new connection closed with FIN while its request was in flight 10 ms after old closed its listener',
    )
    expect(cut.advice).toMatch(/^wait for in-flight requests/)
  })

  it.each<[string, number, Partial<Made['attempts'][number]>, RegExp]>([
    ['an idle connection, with a request unread', 0, { reused: true, expected: 500 }, /^answer with Connection: close/],
    ['an idle connection of a busy machine', 0, { outcome: 'closed', reused: true }, /^answer with Connection: close/],
    ['a slow request on an old connection', 0, { outcome: 'closed', reused: true, expected: 500 }, /^wait for in-fl/],
    ['a new connection, perhaps not accepted', 0, { start: 2_990, outcome: 'closed' }, /^after SIGTERM keep accepting/],
    [
      'a slow request sent before SIGTERM',
      5,
      { start: 900, outcome: 'closed', expected: 2_500 },
      /^wait for in-flight/,
    ],
  ])('advises about %s', (_, waiting, attempt, advice) => {
    expect(lostAtClose(waiting, attempt).advice).toMatch(advice)
  })

  it('explains a reset in the backlog by the exit, if the pod exited at once', () => {
    const exited = { terminating: 1_000, exited: 1_100, gone: 2_000, closed: [1_090, 3] } as const
    const atExit = lastCause({
      pods: { old: exited },
      attempts: [{ ...at(1_050, 1_101), outcome: 'reset', pod: 'old' }],
    })
    expect([atExit.cause, atExit.advice]).toEqual([
      'new connection reset as old exited',
      expect.stringMatching(/^do not exit on SIGTERM/) as string,
    ])
  })

  it('blames the exit for everything that a pod lost after SIGTERM, if it was gone at once and cut requests off', () => {
    // gunicorn with --graceful-timeout 0, on a machine with stalls.
    const old = { terminating: 1_000, closed: [1_450, 2], exited: 1_850, gone: 2_500, switched: 3_500 } as const
    const lost = [
      { ...at(700, 1_700), outcome: 'closed', reused: true, pod: 'old', expected: 2_000 },
      { ...at(1_695, 1_701), outcome: 'closed', reused: true, pod: 'old' },
      { ...at(1_690, 1_702), outcome: 'reset', reused: true, pod: 'old' },
      { ...at(1_440, 1_455), outcome: 'reset', port: 1, pod: 'old' },
      { ...at(1_600, 1_601), outcome: 'reset', port: 1, refusedBy: 'old' },
      { ...at(2_200, 2_201), outcome: 'reset', port: 2, refusedBy: 'old' },
    ] as const
    const { record } = rolloutOf({ pods: { old }, attempts: lost })
    expect(new Set(unansweredRequests(record).map(({ advice }) => advice))).toEqual(
      new Set(['do not exit on SIGTERM: keep serving until every proxy has removed the pod, then drain']),
    )
  })

  it('blames the early close of the listener, and not the exit, if the pod finished something in between', () => {
    const old = { terminating: 1_000, closed: [1_020, 0], exited: 1_900, gone: 2_500 } as const
    const refused = (start: number): Cause =>
      lastCause({ pods: { old }, attempts: [{ ...at(start, start + 1), outcome: 'reset', port: 1, refusedBy: 'old' }] })
    expect([refused(1_500), refused(2_200)].map(({ advice }) => advice.split(' for at ')[0])).toEqual([
      'after SIGTERM keep accepting new connections',
      'after SIGTERM keep accepting new connections',
    ])
  })

  it('names the end of a container without SIGTERM', () => {
    const ended = { type: 'container-ended', pod: 'old', exitCode: 1, reason: 'its process ended' } as const
    const made = (attempt: Partial<Made['attempts'][number]>): Cause => {
      const { record, at: epoch } = rolloutOf({
        pods: { old: {} },
        attempts: [{ ...at(4_900, 5_010), outcome: 'reset', pod: 'old', ...attempt }],
      })
      record.timeline.add({ at: epoch(5_000), ...ended })
      record.timeline.add({ at: epoch(7_000), type: 'pod-ready', pod: 'old' })
      const [failure] = record.ledger.failures
      if (!failure) throw new Error('no attempt failed')
      return causeOf(failure, { timeline: record.timeline, stories: podStories(record) })
    }
    expect(made({}).cause).toBe(
      'new connection reset 10 ms after the container of old had ended with exit code 1 without SIGTERM',
    )
    expect(made({ end: 4_990 }).cause).toBe(
      'new connection reset as the container of old ended with exit code 1 without SIGTERM',
    )
    expect(made({}).advice).toBe('find out why the container of old ended (its process ended): its log before the end')
    for (const other of [made({ start: 4_000, end: 4_010 }), made({ start: 8_000, end: 8_010 })]) {
      expect(other.cause).not.toContain('ended')
      expect(other.advice).toMatch(/^check the log of old at that time/)
    }
  })

  it('blames the readiness probe for a pod that fails requests right after it became ready, unless others fail, too', () => {
    const pods = { old: {}, fresh: { created: 500, ready: 4_000 } }
    const events = [{ at: 0, type: 'rollout-started' as const, detail: '' }]
    const failed = { ...at(4_900, 5_000), outcome: '5xx', status: 503, pod: 'fresh' } as const
    const made = (attempts: Made['attempts']) => rolloutOf({ pods, attempts, events }).record
    const fresh = unansweredRequests(made([failed])).at(-1)
    expect(fresh?.cause).toBe('new connection answered with status 503 1,000 ms after fresh became ready')
    expect(fresh?.advice).toMatch(/^let the readiness probe fail until the pod can answer/)
    const usual = Array.from({ length: 5 }, () => ({ ...failed, ...at(900, 1_000), pod: 'old' }))
    for (const { cause, advice } of unansweredRequests(made([...usual, failed]))) {
      expect(cause).toMatch(/which was ready and not terminating$/)
      expect(advice).toMatch(
        /6 requests to pods that were not ending were dropped in the same way, so the rollout is not the reason$/,
      )
    }
  })

  it('blames no proxy for a request that one pod executed twice', () => {
    const twice = {
      ...at(2_000, 2_100),
      final: 'executed-twice',
      execution: execution({ times: 2, end: 'finished' }),
    } as const
    expect(lastCause({ pods: OLD, log: LOG, attempts: [twice] }).advice).toMatch(
      /find out why old logged the start of one request twice/,
    )
  })

  it('does not blame the service for SIGKILL on purpose', () => {
    const pods = { old: { killed: 1_000, gone: 1_100 } }
    const found = lastCause({ pods, attempts: [{ ...at(900, 1_010), outcome: 'reset', reused: true, pod: 'old' }] })
    expect(found).toMatchObject({ stage: 'gone', cause: 'reused connection reset 10 ms after old was killed' })
    expect(found.advice).toMatch(/no process can react to SIGKILL/)
  })

  it('advises a readiness probe for a pod that gets traffic before it is ready', () => {
    const pods = { fresh: { created: 500, ready: 4_000 } }
    const found = lastCause({ pods, attempts: [{ ...at(900, 1_010), outcome: 'reset', port: 3, refusedBy: 'fresh' }] })
    expect(found).toMatchObject({ stage: 'starting' })
    expect(found.cause).toBe(
      `new connection refused 510 ms after fresh was created, not ready yet: ${URL} already sent requests to it`,
    )
    expect(found.advice).toMatch(/readiness probe/)
  })

  it('names no pod if several were terminating', () => {
    const pods = { old: { terminating: 1_000 }, 'old-2': { terminating: 2_000 } }
    const found = lastCause({ pods, attempts: [{ ...at(2_500, 2_600), outcome: 'refused' }] })
    expect(found).toMatchObject({ pod: null, stage: 'no-pod' })
    expect(found.cause).toBe('new connection refused (pod unknown; +600 ms after old-2 got SIGTERM)')
  })
})

const SEEN: readonly Outcome[] = ['refused', 'reset', 'closed', 'truncated', 'timed-out', '5xx', '4xx', 'wrong-body']

describe('unanswered requests', () => {
  it('have a cause and advice for every outcome, at every stage', () => {
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
