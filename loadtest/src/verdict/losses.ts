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

/** A pod that died without a SIGTERM. Epoch ms. */
interface Death {
  readonly pod: string
  readonly at: number
  /** From then on nothing is sent to what is dead any more, or it lives again. */
  readonly overAt: number
}

/** What a death cost. */
interface Cost {
  /** Requests that were in flight in the pod when it died. */
  readonly inFlight: number
  /** Requests that were sent to it afterwards, before everybody knew. */
  readonly after: number
  /** Everything else: no death explains it. */
  readonly elsewhere: number
}

/** Pods die without SIGTERM: what that costs no service can prevent, and it must cost nothing else. */
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
    `SIGKILL for ${plural(deaths, 'pod')} cost ${count(inFlight + after)} of ` +
    `${plural(totals.requests, 'request')}${over(statistics)}, ${count(inFlight)} in flight in it and ${count(after)} ` +
    'sent to it before its end was known, which no service can prevent'
  return {
    loss:
      elsewhere > 0 && rounds.some((record) => record.ledger.drops > 0 && !onlyLate(record))
        ? `${count(elsewhere)} requests were dropped elsewhere; ${cost}`.replace(/^1 requests were/, '1 request was')
        : undefined,
    finding: cost,
    power: 'none was dropped elsewhere',
    doubts: perRound(rounds, doubtsAboutRound),
  }
}

function doubtsAboutRound(record: RunRecord): string[] {
  const { outcome } = record
  if (outcome.status === 'interrupted') return []
  if (outcome.status === 'failed') return [`not as many pods as before became ready again: ${outcome.reason}`]
  return deathsIn(record).length === 0 ? ['no pod was seen to die'] : []
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

/** What becomes of a request whose server is no more: its connection ends, or nothing comes. Other faults are somebody else's. */
const OF_A_DEATH: ReadonlySet<Outcome> = new Set([
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
/** What a proxy on the way says for it. */
const OF_A_PROXY: ReadonlySet<number | undefined> = new Set([502, 503, 504])

/** A request of which nobody knows where it was sent may have been sent to the dead. */
function explains({ pod, at, overAt }: Death, failure: FailedAttempt): boolean {
  const { attempt, ending, execution, refusal, startedAt, endedAt, outcome } = failure
  if (!OF_A_DEATH.has(outcome) && !(outcome === '5xx' && OF_A_PROXY.has(ending.status))) return false
  const sentTo = ending.pod ?? execution?.pod ?? refusal?.pod ?? attempt?.pod
  return (sentTo === undefined || sentTo === pod) && toEpoch(endedAt) >= at - CLOCKS && toEpoch(startedAt) <= overAt
}

/** A client may see the end a little before the harness has been told of it, in ms. */
const CLOCKS = 1_000

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
