import type { BackgroundReport } from '../../clients/background/report.js'
import type { ConnectionNotes } from '../../clients/client.js'
import type { LedgerSummary } from '../../ledger/ledger.js'
import type { Refusals } from '../../ledger/refusals.js'
import type { SelfReport } from '../../base/machine/self-watch.js'
import type { RetryingReport } from '../../clients/retrying/retrying.js'
import type { ServerLog } from '../../ledger/logs/server-log.js'
import type { RolloutOutcome } from '../../targets/target.js'
import type { WorkerRecord } from './worker-record.js'
import type { Timeline } from './timeline.js'

/** `service`: the verdict is about it. `twin`: the same service without graceful shutdown, to show that the load sees drops. */
export type Role = 'service' | 'twin'

/** Everything that one run found. Times are epoch ms. */
export interface RunRecord {
  readonly role: Role
  /** `rollout 2 of 3`; empty if there is only one. */
  readonly round: string
  readonly description: string
  readonly urls: readonly string[]
  readonly startedAt: number
  readonly endedAt: number
  readonly rolloutStartedAt: number | null
  readonly rolloutEndedAt: number | null
  readonly outcome: RolloutOutcome
  /** The paths whose answers were judged by status alone. */
  readonly byStatusAlone: readonly string[]
  /** The paths whose answers were not matched to their requests. */
  readonly unmatched: readonly string[]
  readonly ledger: LedgerSummary
  readonly timeline: Timeline
  readonly serverLog: ServerLog
  readonly refusals: Refusals
  readonly connections: ConnectionNotes
  readonly background: BackgroundReport | null
  readonly retrying: RetryingReport | null
  /** How this machine kept up. */
  readonly self: SelfReport
  /** The machines that sent the load, if this one did not. Default: none. */
  readonly workers?: readonly WorkerRecord[]
  /** The finished rollout stays in place. */
  readonly kept: boolean
  /** A sentence about what `restore` could not restore. */
  readonly leftover: string | undefined
}
