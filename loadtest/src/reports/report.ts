import { withoutSecretsIn } from '../base/secrets.js'
import type { BackgroundReport } from '../clients/background/report.js'
import type { ConnectionNotes } from '../clients/client.js'
import type { LedgerSummary } from '../ledger/ledger.js'
import type { Proof } from '../proof/prove.js'
import type { RetryingReport } from '../clients/retrying/retrying.js'
import type { WorkerRecord } from '../verdict/story/worker-record.js'
import type { RunRecord } from '../verdict/story/run-record.js'
import type { SelfTestResult } from '../verdict/self-test-result.js'
import type { ServerLogSummary } from '../ledger/logs/server-log.js'
import type { SelfReport } from '../base/machine/self-watch.js'
import type { TargetEvent } from '../targets/target.js'
import type { Gap } from '../verdict/story/timeline.js'
import type { Verdict } from '../verdict/verdict.js'
import { podStories } from '../verdict/story/pod-story.js'
import type { PodStory } from '../verdict/story/pod-story.js'
import type { ManifestFinding } from '../doctor/before-rollout.js'
import { unansweredRequests } from './data/unanswered.js'
import type { UnansweredRequest } from './data/unanswered.js'
import { runMargin } from './data/margin.js'
import type { RunMargin } from './data/margin.js'

/** Incremented when a field changes its meaning or disappears. New fields do not increment it. */
export const SCHEMA_VERSION = 4

/** The settings of the command, defaults included. */
export type Settings = Readonly<Record<string, string | number | boolean | readonly string[] | null>>

/** `report.json`, described by `report.schema.json`. Times are epoch ms, durations are ms. */
export interface Report {
  readonly schemaVersion: typeof SCHEMA_VERSION
  readonly tool: { readonly name: 'zero-drop'; readonly version: string }
  readonly settings: Settings
  readonly verdict: Verdict
  /** Why the naive twin did not run; null if it ran. */
  readonly twinSkipped: string | null
  /** How many of its own planted faults the harness found; null if the self-test was interrupted. */
  readonly selfTest: SelfTestResult | null
  /** The findings of `zero-drop doctor` in the manifests or in the cluster before the runs. */
  readonly findings: readonly ManifestFinding[]
  /** The runs of the service in order, then the twin's. */
  readonly runs: readonly RunReport[]
}

export interface RunReport extends Pick<
  RunRecord,
  | 'role'
  | 'round'
  | 'description'
  | 'urls'
  | 'startedAt'
  | 'endedAt'
  | 'rolloutStartedAt'
  | 'rolloutEndedAt'
  | 'outcome'
  | 'byStatusAlone'
  | 'unmatched'
> {
  readonly requests: Pick<
    LedgerSummary,
    'attempts' | 'drops' | 'outcomes' | 'seen' | 'answeredWithoutLog' | 'exposure' | 'clients' | 'urls'
  >
  readonly connections: Omit<ConnectionNotes, 'shortestIdleMs'> & { readonly shortestIdleMs: number | null }
  /** Requests that were not answered, drops first, at most 10,000. `unansweredNotListed` counts the rest. */
  readonly unanswered: readonly UnansweredRequest[]
  readonly unansweredNotListed: number
  /** The life of each pod, from the target's events, the responses that the clients got and the pod's own log. */
  readonly pods: readonly PodStory[]
  /** The margin of the pod with the least time to spare; null if no pod got SIGTERM. */
  readonly margin: RunMargin | null
  readonly traffic: { readonly pods: LedgerSummary['pods']; readonly seconds: LedgerSummary['seconds'] }
  readonly events: readonly TargetEvent[]
  /** Periods in which pods, endpoints or log lines went unseen. */
  readonly gaps: readonly Gap[]
  /** The requests that the server logs record; null if there are no logs. */
  readonly serverLog: ServerLogSummary | null
  readonly background: BackgroundReport | null
  /** The failures that users of a client that retries would have noticed; null if that client did not run. */
  readonly retrying: RetryingReport | null
  readonly harness: SelfReport
  /** The pods that sent the load; empty if this machine did. */
  readonly workers: readonly WorkerRecord[]
  /** The finished rollout stays in place. Otherwise the target was restored to its state before the run. */
  readonly kept: boolean
  /** The rest that could not be restored; null if nothing is left to do. */
  readonly leftover: string | null
}

/** Collects what a proof found into `report.json`, the source of every other report, without the secrets of its user. */
export function reportOf(
  proof: Proof,
  settings: Settings,
  version: string,
  findings: readonly ManifestFinding[] = [],
): Report {
  return withoutSecretsIn({
    schemaVersion: SCHEMA_VERSION,
    tool: { name: 'zero-drop', version },
    settings,
    verdict: proof.verdict,
    twinSkipped: proof.twinSkipped ?? null,
    selfTest: proof.selfTest ?? null,
    findings,
    runs: proof.runs.map((record) => runReport(record, findings)),
  })
}

function runReport(record: RunRecord, findings: readonly ManifestFinding[]): RunReport {
  const { attempts, drops, outcomes, seen, answeredWithoutLog, exposure, clients, urls } = record.ledger
  const { pods, seconds, failuresNotListed } = record.ledger
  const stories = podStories(record)
  return {
    role: record.role,
    round: record.round,
    description: record.description,
    urls: record.urls,
    startedAt: record.startedAt,
    endedAt: record.endedAt,
    rolloutStartedAt: record.rolloutStartedAt,
    rolloutEndedAt: record.rolloutEndedAt,
    outcome: record.outcome,
    byStatusAlone: record.byStatusAlone,
    unmatched: record.unmatched,
    requests: { attempts, drops, outcomes, seen, answeredWithoutLog, exposure, clients, urls },
    connections: { ...record.connections, shortestIdleMs: record.connections.shortestIdleMs ?? null },
    unanswered: unansweredRequests(record, findings),
    unansweredNotListed: failuresNotListed,
    pods: stories,
    margin: runMargin(stories) ?? null,
    traffic: { pods, seconds },
    events: record.timeline.events,
    gaps: record.timeline.gaps,
    serverLog: record.serverLog.summary() ?? null,
    background: record.background,
    retrying: record.retrying,
    harness: record.self,
    workers: record.workers ?? [],
    kept: record.kept,
    leftover: record.leftover ?? null,
  }
}
