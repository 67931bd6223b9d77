import type { BackgroundReport } from '../clients/background/report.js'
import type { ConnectionNotes } from '../clients/client.js'
import type { LedgerSummary } from '../ledger/ledger.js'
import type { Proof } from '../proof/prove.js'
import type { RetryingReport } from '../clients/retrying/retrying.js'
import type { RunRecord } from '../verdict/story/run-record.js'
import type { SelfTestResult } from '../verdict/self-test-result.js'
import type { ServerLogSummary } from '../ledger/server-log.js'
import type { SelfReport } from '../base/machine/self-watch.js'
import type { TargetEvent } from '../targets/target.js'
import type { Gap } from '../verdict/story/timeline.js'
import type { Verdict } from '../verdict/verdict.js'
import { podStories } from '../verdict/story/pod-story.js'
import type { PodStory } from '../verdict/story/pod-story.js'
import { dropLines } from './drops.js'
import type { DropLine } from './drops.js'
import { runMargin } from './margin-lines.js'
import type { RunMargin } from './margin-lines.js'

/** Raised when a field changes its meaning or goes; new fields do not raise it. */
export const SCHEMA_VERSION = 2

/** How the command was called, with every default filled in. */
export type Settings = Readonly<Record<string, string | number | boolean | readonly string[] | null>>

/** `report.json`. Times are epoch ms, durations ms. */
export interface Report {
  readonly schemaVersion: typeof SCHEMA_VERSION
  readonly tool: { readonly name: 'zero-drop'; readonly version: string }
  readonly settings: Settings
  readonly verdict: Verdict
  /** Why there is no run of the naive twin; null where there is one. */
  readonly twinSkipped: string | null
  /** What the harness found of the faults that it planted for itself; null where it was interrupted. */
  readonly selfTest: SelfTestResult | null
  /** The service's in order, then the twin's. */
  readonly runs: readonly RunReport[]
}

interface RunReport {
  readonly role: RunRecord['role']
  /** Which of several rollouts it is, in words; empty where there is one. */
  readonly round: string
  readonly description: string
  readonly urls: readonly string[]
  readonly startedAt: number
  readonly endedAt: number
  readonly rolloutStartedAt: number | null
  readonly rolloutEndedAt: number | null
  readonly outcome: RunRecord['outcome']
  /** The paths whose answers were taken for good by their status, whatever their body was. */
  readonly byStatusAlone: readonly string[]
  readonly requests: Pick<
    LedgerSummary,
    'attempts' | 'drops' | 'outcomes' | 'seen' | 'answeredWithoutLog' | 'exposure' | 'clients' | 'urls'
  >
  readonly connections: Omit<ConnectionNotes, 'shortestIdleMs'> & { readonly shortestIdleMs: number | null }
  /** What was not answered, drops first; at most 10,000, the rest is counted in `dropsNotListed`. */
  readonly unanswered: readonly DropLine[]
  readonly unansweredNotListed: number
  /** Each pod's life: by the target, by the clients, and by its own log. */
  readonly pods: readonly PodStory[]
  /** What there was to spare, by the pod that had least of it; null where no pod got SIGTERM. */
  readonly margin: RunMargin | null
  readonly traffic: { readonly pods: LedgerSummary['pods']; readonly seconds: LedgerSummary['seconds'] }
  readonly events: readonly TargetEvent[]
  /** Times in which pods, endpoints or lines of logs went unseen. */
  readonly gaps: readonly Gap[]
  /** What the servers' logs say they executed; null where they are not known. */
  readonly serverLog: ServerLogSummary | null
  readonly background: BackgroundReport | null
  /** What users of a client with the usual retries noticed; null where it did not run. */
  readonly retrying: RetryingReport | null
  readonly harness: SelfReport
  /** The finished rollout was left as it is; otherwise the target was put back as it was found. */
  readonly kept: boolean
  /** What could not be put back; null where nothing is left to do. */
  readonly leftover: string | null
}

export function jsonReport(proof: Proof, settings: Settings, version: string): Report {
  return {
    schemaVersion: SCHEMA_VERSION,
    tool: { name: 'zero-drop', version },
    settings,
    verdict: proof.verdict,
    twinSkipped: proof.twinSkipped ?? null,
    selfTest: proof.selfTest ?? null,
    runs: proof.runs.map(runReport),
  }
}

function runReport(record: RunRecord): RunReport {
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
    requests: { attempts, drops, outcomes, seen, answeredWithoutLog, exposure, clients, urls },
    connections: { ...record.connections, shortestIdleMs: record.connections.shortestIdleMs ?? null },
    unanswered: dropLines(record),
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
    kept: record.kept,
    leftover: record.leftover ?? null,
  }
}
