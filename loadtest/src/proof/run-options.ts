import type { Access } from '../base/wire/access.js'
import type { ClientClass, Limits } from '../clients/client.js'
import type { LoadSource } from './load-source.js'
import type { LedgerTotals } from '../ledger/ledger.js'
import type { Profile } from '../inputs/profile/profile.js'
import type { Role } from '../verdict/story/run-record.js'
import type { RefusedConnection, RoutedConnection, Target, TargetEvent } from '../targets/target.js'
import type { Timeline } from '../verdict/story/timeline.js'

export type Phase =
  | 'testing itself'
  | 'starting'
  | 'checking'
  | 'warming up'
  | 'rolling out'
  | 'cooling down'
  | 'last responses'
  | 'restoring'

/** Times in ms. */
export interface RunOptions {
  readonly role: Role
  /** `rollout 2 of 3`; empty if there is only one. */
  readonly round: string
  /** Creates a fresh target for the run. */
  readonly createTarget: (role: Role, hooks: RunHooks) => Target
  /** Machines that send the load. Default: this one. */
  readonly loadSource?: LoadSource | undefined
  readonly profile: Profile
  readonly clients: readonly ClientClass[]
  /** Default: no headers, and the defaults of TLS. */
  readonly access?: Access
  /** Requests per second over all classes and URLs. */
  readonly rate: number
  /** Requests per second of autocannon, in addition; 0 for none. */
  readonly backgroundRate: number
  /** Requests per second of a client that retries, in addition and not part of the verdict. Default: none. */
  readonly retryingRate?: number
  readonly seed: number
  readonly limits: Limits
  readonly warmUpMs: number
  readonly coolDownMs: number
  /** The longest rollout. */
  readonly timeoutMs: number
  /** Whether to restore the target after a finished rollout, too. */
  readonly restoreAfterwards: boolean
  /** Ends the run early. The report covers what ran, and the target is restored. */
  readonly signal: AbortSignal
  readonly watcher: RunWatcher
}

/** Receives the reports of a target besides its events. */
export interface RunHooks {
  /** A pod printed a line. */
  podOutput(pod: string, line: string): void
  /** A load balancer reset a connection because no pod accepted it. */
  refused(connection: RefusedConnection): void
  /** A load balancer sent a connection to a pod. */
  routed(connection: RoutedConnection): void
}

/** Callbacks for the progress of a run. */
export interface RunWatcher {
  phase?(phase: Phase, state: RunState): void
  event?(event: TargetEvent): void
}

/** The state of a run in progress. */
export interface RunState {
  readonly role: Role
  /** `rollout 2 of 3`; empty if there is only one. */
  readonly round: string
  readonly timeline: Timeline
  totals(): LedgerTotals
}
