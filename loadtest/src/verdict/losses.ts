import { isDrop } from '../base/attempt.js'
import { toEpoch } from '../base/clock.js'
import type { Outcome } from '../base/attempt.js'
import type { FailedAttempt } from '../ledger/ledger.js'
import type { RunRecord } from './story/run-record.js'
import { count, plural } from '../base/text.js'
import type { TargetEvent } from '../targets/target.js'
import { onlyLate } from './doubts.js'
import { perRound } from './reading.js'
import type { Material, Reading } from './reading.js'
import { over } from './phrases.js'

/** The death of a pod that got no SIGTERM. Epoch ms. */
interface Death {
  readonly pod: string
  readonly at: number
  /** When the last load balancer had removed the pod, or the pod was ready again. */
  readonly overAt: number
}

/** The drops of a rollout, by what explains them. */
interface Cost {
  /** Requests in flight in a pod when it died. */
  readonly inFlight: number
  /** Requests sent to a dead pod before every load balancer had removed it. */
  readonly after: number
  /** No death explains these. */
  readonly elsewhere: number
}

/** Reads a scenario that kills pods without SIGTERM: no service can prevent drops in those pods, but there may be no others. */
export function readLosses({ rounds, totals, statistics }: Material): Reading {
  const costs = rounds.map(costOf)
  const total = (of: (cost: Cost) => number): number => costs.reduce((sum, cost) => sum + of(cost), 0)
  const [inFlight, after, elsewhere] = [
    total((cost) => cost.inFlight),
    total((cost) => cost.after),
    total((cost) => cost.elsewhere),
  ]
  const deaths = rounds.reduce((sum, record) => sum + deathsIn(record).length, 0)
  const cost =
    `SIGKILL of ${plural(deaths, 'pod')} cost ${count(inFlight + after)} of ` +
    `${plural(totals.requests, 'request')}${over(statistics)} (${count(inFlight)} in flight in a killed pod, ${count(after)} ` +
    'sent to one before its exit was known), which no service can prevent'
  return {
    loss:
      elsewhere > 0 && rounds.some((record) => record.ledger.drops > 0 && !onlyLate(record))
        ? `${plural(elsewhere, 'request')} dropped elsewhere; ${cost}`
        : undefined,
    finding: cost,
    power: 'no request was dropped elsewhere',
    doubts: perRound(rounds, doubtsAboutRound),
  }
}

function doubtsAboutRound(record: RunRecord): string[] {
  const { outcome } = record
  if (outcome.status === 'interrupted') return []
  if (outcome.status === 'failed') return [`fewer pods than before became ready again: ${outcome.reason}`]
  return deathsIn(record).length === 0 ? ['no pod was seen to be killed'] : []
}

function costOf(record: RunRecord): Cost {
  const { failures, failuresNotListed } = record.ledger
  const deaths = deathsIn(record)
  let [inFlight, after, elsewhere] = [0, 0, failuresNotListed]
  for (const failure of failures) {
    if (!isDrop(failure.outcome)) continue
    const death = deaths.find((each) => explains(each, failure))
    if (!death) elsewhere += 1
    else if (toEpoch(failure.startedAt) <= death.at) inFlight += 1
    else after += 1
  }
  return { inFlight, after, elsewhere }
}

/** Outcomes that the death of a server explains: the connection ends, or no answer comes. */
const DEATH_OUTCOMES: ReadonlySet<Outcome> = new Set([
  'refused',
  'unreachable',
  'reset-before-start',
  'reset-after-start',
  'reset',
  'closed',
  'executed-unanswered',
  'truncated',
  'timed-out',
])
/** Statuses that a proxy answers for a dead server. */
const PROXY_STATUSES: ReadonlySet<number | undefined> = new Set([502, 503, 504])

/** A request whose pod is unknown may have been sent to the dead one. */
function explains({ pod, at, overAt }: Death, failure: FailedAttempt): boolean {
  const { attempt, ending, execution, refusal, startedAt, endedAt, outcome } = failure
  if (!DEATH_OUTCOMES.has(outcome) && !(outcome === '5xx' && PROXY_STATUSES.has(ending.status))) return false
  const sentTo = ending.pod ?? execution?.pod ?? refusal?.pod ?? attempt?.pod
  return (sentTo === undefined || sentTo === pod) && toEpoch(endedAt) >= at - SEEN_EARLY && toEpoch(startedAt) <= overAt
}

/** A client may see the death of a pod this much earlier than the harness, in ms. */
const SEEN_EARLY = 1_000

function deathsIn({ timeline }: RunRecord): Death[] {
  const { events } = timeline
  return events
    .filter((event) => isDeath(event))
    .map(({ pod, at }) => {
      const later = events.filter((event) => event.at >= at && 'pod' in event && event.pod === pod && isOver(event))
      const alive = later.find(({ type }) => type === 'pod-ready')
      const overAt = alive?.at ?? (later.length === 0 ? Infinity : Math.max(...later.map((event) => event.at)))
      return { pod, at, overAt }
    })
}

const SIGKILLED = 137

const isDeath = (event: TargetEvent): event is TargetEvent & { readonly pod: string } =>
  (event.type === 'container-ended' && event.exitCode === SIGKILLED) || (event.type === 'pod-gone' && event.killed)

const isOver = ({ type }: TargetEvent): boolean => type === 'pod-ready' || type === 'endpoint-removed'
