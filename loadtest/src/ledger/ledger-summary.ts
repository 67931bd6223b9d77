import { isDrop, OUTCOMES } from '../base/attempt.js'
import type { Attempt, Ending } from '../base/attempt.js'
import type { AttemptRow, AttemptTable } from './attempt-table.js'
import { toEpoch } from '../base/clock.js'
import type { Histogram, Summary } from '../base/histogram.js'
import type { FailureList } from './failure-list.js'
import type { Reconciled, Reconciliation } from './reconcile.js'
import { createTally, noOutcomes, sum, sumDrops, sumJudged, summarize } from './tally.js'
import type { OutcomeCounts, Tally, TallySummary } from './tally.js'
import type { PodTraffic, SecondOfTraffic, Traffic } from './traffic.js'

/** An attempt that was not answered as it should have been, with everything known about it. */
export interface FailedAttempt extends Reconciled {
  readonly id: string
  /** Undefined if the client saw no fault: only attempts that the client saw fail are kept whole. */
  readonly attempt: Attempt | undefined
  /** The view of the client. */
  readonly ending: Ending
  readonly client: string
  readonly url: string
  readonly reused: boolean
  readonly hazard: boolean
  /** On the harness's monotonic clock, in ms. */
  readonly startedAt: number
  readonly endedAt: number
}

/** How many attempts could have seen a drop, by the way in which a rollout endangers them. */
interface Exposure {
  /** Judged attempts that were in flight during a hazard window. */
  readonly attempts: number
  readonly drops: number
  /** Those on a new connection: refused and reset connections show here. */
  readonly fresh: number
  /** Those on a connection that had answered before: the idle keep-alive race shows here. */
  readonly reused: number
  /** Those in flight at the moment of a SIGTERM: handlers that are cut off show here. */
  readonly spanning: number
}

export interface LedgerSummary {
  readonly attempts: number
  readonly drops: number
  /** The one outcome of each attempt. */
  readonly outcomes: OutcomeCounts
  /** The outcomes as the clients alone saw them. */
  readonly seen: OutcomeCounts
  /** Answered requests that are in no server log: the logs have gaps. Null if there are no logs. */
  readonly answeredWithoutLog: number | null
  readonly exposure: Exposure
  /** Attempts on a connection that had answered before, inside hazard windows or not. */
  readonly reused: number
  readonly clients: Readonly<Record<string, TallySummary>>
  readonly urls: Readonly<Record<string, { readonly attempts: number; readonly drops: number }>>
  /** How much later than scheduled attempts were started. */
  readonly latenessMs: Summary
  readonly failures: readonly FailedAttempt[]
  /** Failures beyond the first 10,000: counted, not listed. */
  readonly failuresNotListed: number
  readonly pods: Readonly<Record<string, PodTraffic>>
  readonly seconds: readonly SecondOfTraffic[]
}

interface Books {
  readonly prefix: string
  readonly table: AttemptTable
  readonly failures: FailureList
  readonly reconciliation: Reconciliation
  readonly latency: ReadonlyMap<string, Histogram>
  readonly lateness: Histogram
  readonly traffic: Traffic
}

/** Lists at most this many failures that only a server log shows. */
const KEPT_UNSEEN = 1_000

/** Goes through every attempt once, decides its outcome, and counts it. */
export function closeBooks(books: Books): LedgerSummary {
  const { table, reconciliation, failures, traffic } = books
  const [outcomes, seen, hazard] = [noOutcomes(), noOutcomes(), noOutcomes()]
  const exposure = { fresh: 0, reused: 0, spanning: 0 }
  let reused = 0
  const clients = new Map<string, Tally>()
  const urls = new Map<string, OutcomeCounts>()
  const dropsBySecond = new Map<number, number>()
  const unseen: FailedAttempt[] = []
  let unseenNotListed = 0
  for (let number = 1; number <= table.size; number += 1) {
    const row = table.row(number)
    if (row.seen === undefined) continue
    const found = reconciliation.of(row, row.seen)
    const { outcome } = found
    const client = entry(clients, row.client, () => createTally(books.latency.get(row.client)))
    for (const counts of [outcomes, client.outcomes, entry(urls, row.url, noOutcomes)]) counts[outcome] += 1
    seen[row.seen] += 1
    if (row.reused) reused += 1
    if (row.hazard) {
      for (const counts of [hazard, client.hazard]) counts[outcome] += 1
      if (OUTCOMES[outcome].standing !== 'harness') expose(exposure, row)
    }
    if (isDrop(outcome)) {
      const second = Math.floor(toEpoch(row.endedAt) / 1_000) * 1_000
      dropsBySecond.set(second, (dropsBySecond.get(second) ?? 0) + 1)
    }
    if (row.seen !== 'answered' || outcome === 'answered') continue
    if (unseen.length < KEPT_UNSEEN) unseen.push(failureOf(books, row, found, { outcome: row.seen }, undefined))
    else unseenNotListed += 1
  }
  const listed = failures.kept.map(({ number, attempt, ending, endedAt }) => {
    const row = table.row(number)
    return { ...failureOf(books, row, reconciliation.of(row, ending.outcome), ending, attempt), endedAt }
  })
  return {
    attempts: sum(outcomes),
    drops: sumDrops(outcomes),
    outcomes,
    seen,
    answeredWithoutLog: reconciliation.answeredWithoutLog,
    exposure: { attempts: sumJudged(hazard), drops: sumDrops(hazard), ...exposure },
    reused,
    clients: Object.fromEntries([...clients].map(([name, tally]) => [name, summarize(tally)])),
    urls: Object.fromEntries(
      [...urls].map(([url, counts]) => [url, { attempts: sum(counts), drops: sumDrops(counts) }]),
    ),
    latenessMs: books.lateness.summary(),
    failures: [...listed, ...unseen],
    failuresNotListed: failures.notListed + unseenNotListed,
    pods: traffic.pods(),
    seconds: traffic.seconds(dropsBySecond),
  }
}

function failureOf(
  { prefix }: Books,
  { number, client, url, reused, hazard, startedAt, endedAt }: AttemptRow,
  found: Reconciled,
  ending: Ending,
  attempt: Attempt | undefined,
): FailedAttempt {
  const id = `${prefix}${number.toString(36)}`
  return { ...found, id, attempt, ending, client, url, reused, hazard, startedAt, endedAt }
}

function expose(exposure: { fresh: number; reused: number; spanning: number }, row: AttemptRow): void {
  if (row.reused) exposure.reused += 1
  else exposure.fresh += 1
  if (row.spanning) exposure.spanning += 1
}

function entry<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const fresh = make()
  map.set(key, fresh)
  return fresh
}
