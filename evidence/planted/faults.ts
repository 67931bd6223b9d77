import type { Outcome } from '../../loadtest/dist/base/attempt.js'

/** A fault that is planted, and what a report must say about it. */
export interface Fault {
  /** The value of FAULT. */
  readonly name: string
  /** For the page. */
  readonly title: string
  /** How drops end. Empty: no request may be dropped. */
  readonly outcomes: readonly Outcome[]
  /** The cause of each drop matches one of these. */
  readonly causes: readonly RegExp[]
  /** Every advice matches one of these. */
  readonly advice: readonly RegExp[]
  /** The verdict matches it. */
  readonly verdict?: RegExp
  /** The logs of the service are read. */
  readonly logged?: boolean
  /** The command that starts the service, if the service does not start itself. */
  readonly start?: (service: readonly string[], folder: string) => readonly string[]
  /** The grace period. Default: 8 s, enough for the service without a fault. */
  readonly graceSeconds?: number
  /** The time under load before the rollout. Default: 2 s. */
  readonly warmUpSeconds?: number
  /** The languages, if the fault does not exist in all of them. */
  readonly only?: readonly string[]
}

const RANDOM = /too, so the rollout is not the reason/u
const ELSEWHERE = /in the same way, so the rollout is not the reason$/u
const KEEP_ACCEPTING = /^after SIGTERM keep accepting new connections/u
const EXITS = /^do not exit on SIGTERM/u
const EXEC_FORM = /^start the service itself/u
const CLOSE_HEADER = /^answer with Connection: close from SIGTERM on/u
const FIT = /^make the shutdown fit into terminationGracePeriodSeconds/u
const WAIT = /^wait for in-flight requests/u

/** Faults of one request in forty, whatever the rollout does. */
const always = (name: string, title: string, outcome: Outcome, more: Partial<Fault> = {}): Fault => ({
  name,
  title,
  outcomes: [outcome],
  causes: [/./u],
  advice: [ELSEWHERE],
  verdict: RANDOM,
  ...more,
})

const ANY_LOSS: readonly Outcome[] = [
  'refused',
  'reset',
  'closed',
  'truncated',
  'reset-before-start',
  'reset-after-start',
]

/** A program that starts the service as its child, and takes SIGTERM in its place. */
const wrapped = (
  name: string,
  title: string,
  wrapper: string,
  start: NonNullable<Fault['start']>,
  only?: readonly string[],
): Fault => ({
  name,
  title,
  outcomes: ANY_LOSS,
  causes: [new RegExp(`SIGTERM went to ${wrapper}, which ended with exit code `, 'u')],
  advice: [EXEC_FORM],
  start,
  ...(only === undefined ? {} : { only }),
})

export const faults: readonly Fault[] = [
  { name: 'none', title: 'no fault', outcomes: [], causes: [], advice: [] },
  {
    name: 'closes-always',
    title: 'HTTP/1.0, or every connection closed: no fault',
    outcomes: [],
    causes: [],
    advice: [],
  },
  always('fin', 'FIN instead of a response', 'closed'),
  always('rst', 'RST instead of a response', 'reset'),
  always('truncated', 'FIN inside the body', 'truncated'),
  always('twice', 'two responses', 'duplicated'),
  always('late', 'a response after the limit', 'timed-out', { logged: true, warmUpSeconds: 8 }),
  always('wrong-body', "the body of another request's response", 'wrong-body'),
  always('error', 'status 500', '5xx'),
  always('executed-twice', 'a request executed twice in one pod', 'executed-twice', {
    logged: true,
    causes: [/^request executed \d times and answered once/u],
    advice: [/^find out why .* logged the start of one request twice/u],
  }),
  always('retrying-proxy', 'a request executed twice, sent again by a proxy', 'executed-twice', {
    logged: true,
    causes: [/^request executed \d times, by .* and /u],
    advice: [/^let the proxy that sent the request to a second pod repeat only/u],
    start: (service) => [process.execPath, `${import.meta.dirname}/services/proxy.mjs`, ...service],
  }),
  { name: 'exit', title: 'exit at SIGTERM', outcomes: ANY_LOSS, causes: [/ exited|had exited/u], advice: [EXITS] },
  {
    name: 'no-handler',
    title: 'no handler for SIGTERM',
    outcomes: ANY_LOSS,
    causes: [/exit code 143/u],
    advice: [EXITS],
  },
  {
    name: 'ignored',
    title: 'SIGTERM ignored, SIGKILL',
    outcomes: [...ANY_LOSS, 'timed-out'],
    causes: [/SIGKILL at the end of its grace period/u],
    advice: [/^handle SIGTERM/u],
    graceSeconds: 3,
  },
  {
    name: 'hangs',
    title: 'a shutdown that does not end, SIGKILL',
    outcomes: [...ANY_LOSS, 'timed-out'],
    causes: [/SIGKILL at the end of its grace period/u],
    advice: [FIT],
    graceSeconds: 4,
  },
  {
    name: 'no-delay',
    title: 'the listener closed at SIGTERM',
    outcomes: ANY_LOSS,
    causes: [/closed its listener|had exited/u],
    advice: [KEEP_ACCEPTING, CLOSE_HEADER],
  },
  {
    name: 'backlog',
    title: 'connections in the backlog reset',
    outcomes: ['reset', 'refused', 'closed'],
    causes: [/closed its listener|exited/u],
    advice: [KEEP_ACCEPTING, CLOSE_HEADER],
  },
  {
    name: 'cut',
    title: 'requests in flight cut off',
    outcomes: ['reset', 'closed', 'truncated'],
    causes: [/while its request was in flight|while the handler ran/u],
    advice: [WAIT],
  },
  {
    name: 'idle',
    title: 'idle connections closed without Connection: close',
    outcomes: ['reset', 'closed'],
    causes: [/^reused connection .* closed its listener|as .* exited/u],
    advice: [CLOSE_HEADER],
  },
  {
    name: 'refuses',
    title: 'status 503 after SIGTERM',
    outcomes: ['5xx'],
    causes: [/answered with status 503 .* (?:got SIGTERM|closed its listener)/u],
    advice: [/^fail readiness, not requests/u],
  },
  {
    name: 'unready',
    title: 'ready before it can answer',
    outcomes: ['5xx'],
    causes: [/after .* became ready/u],
    advice: [/^let the readiness probe fail until the pod can answer/u],
  },
  {
    name: 'cold',
    title: 'the first requests take too long',
    outcomes: ['timed-out'],
    causes: [/after .* became ready/u],
    advice: [/^let the readiness probe fail until the pod can answer/u],
    logged: true,
  },
  wrapped('npm', '`npm start` takes SIGTERM', 'npm', () => ['npm', 'start', '--silent']),
  wrapped('npx', '`npx` takes SIGTERM', 'npx', (service) => ['npx', '-c', `${service.join(' ')}; true`]),
  wrapped('sh', '`sh -c` takes SIGTERM', 'sh -c', (service) => ['sh', '-c', `${service.join(' ')}; true`]),
  wrapped(
    'go-run',
    '`go run` takes SIGTERM',
    'go run',
    () => ['go', 'run', `${import.meta.dirname}/services/server.go`],
    ['Go'],
  ),
]
