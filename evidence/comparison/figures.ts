import type { Report } from '../../loadtest/src/reports/report.ts'
import { median } from '../base/statistics.ts'

/** The figures of one scenario on one target. Durations are medians over the pods, in ms; null if no pod has the event. */
export interface Figures {
  readonly outcome: string
  readonly requests: number
  readonly drops: number
  /** The drops by outcome, and by the stage of the pod. */
  readonly outcomes: Readonly<Record<string, number>>
  readonly stages: Readonly<Record<string, number>>
  readonly terminations: number
  /** From the start of the scenario to its end. */
  readonly rollout: number | null
  /** From a pod's creation to its readiness. */
  readonly start: number | null
  /** From the deletion of a pod to the change of its endpoint. */
  readonly unready: number | null
  /** From the deletion of a pod to its last request on a new connection. */
  readonly lastNew: number | null
  /** From the deletion of a pod to its end. */
  readonly end: number | null
}

type RunReport = Report['runs'][number]
type Pod = RunReport['pods'][number]

/** @throws {Error} the report has no run */
export function figuresOf(report: Report): Figures {
  const [run] = report.runs
  if (run === undefined) throw new Error(`nothing ran: ${report.verdict.sentence}`)
  const drops = run.unanswered.slice(0, run.requests.drops)
  const fresh = run.pods.filter(({ createdAt }) => (createdAt ?? 0) > (run.rolloutStartedAt ?? Infinity))
  const left = run.pods.filter(({ terminatingAt, readyAt }) => terminatingAt !== null && readyAt !== null)
  return {
    outcome: run.outcome.status === 'failed' && run.outcome.undone === true ? 'failed, undone' : run.outcome.status,
    requests: run.requests.attempts,
    drops: run.requests.drops,
    outcomes: counts(drops.map(({ outcome }) => outcome)),
    stages: counts(drops.map(({ stage }) => stage)),
    terminations: left.length,
    rollout: between(run.rolloutStartedAt, run.rolloutEndedAt),
    start: median(fresh.map(({ createdAt, readyAt }) => between(createdAt, readyAt))),
    unready: median(left.map(({ terminatingAt, endpointRemovedAt }) => between(terminatingAt, endpointRemovedAt))),
    lastNew: median(left.map(sinceDeletion(({ lastFreshArrivalAt }) => lastFreshArrivalAt))),
    end: median(left.map(sinceDeletion(({ goneAt }) => goneAt))),
  }
}

const sinceDeletion =
  (moment: (pod: Pod) => number | null) =>
  (pod: Pod): number | null =>
    between(pod.terminatingAt, moment(pod))

const between = (from: number | null, to: number | null): number | null =>
  from === null || to === null ? null : Math.max(to - from, 0)

function counts(names: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {}
  for (const name of names.toSorted((a, b) => a.localeCompare(b))) found[name] = (found[name] ?? 0) + 1
  return found
}
