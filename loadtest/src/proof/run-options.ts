import type { ClientClass, Limits } from '../clients/client.js'
import type { LedgerTotals } from '../ledger/ledger.js'
import type { Profile } from '../inputs/profile/profile.js'
import type { RefusedConnection } from '../ledger/refusals.js'
import type { Role } from '../verdict/story/run-record.js'
import type { Target, TargetEvent } from '../targets/target.js'
import type { Timeline } from '../verdict/story/timeline.js'

export type Phase =
  | 'testing itself'
  | 'starting'
  | 'checking'
  | 'warming up'
  | 'rolling out'
  | 'cooling down'
  | 'last answers'
  | 'restoring'

/** Times in ms. */
export interface RunOptions {
  readonly role: Role
  /** Which of several rollouts it is, in words; empty where there is one. */
  readonly round: string
  /** Makes a fresh target for each run. */
  readonly createTarget: (role: Role, hooks: RunHooks) => Target
  readonly profile: Profile
  readonly clients: readonly ClientClass[]
  /** Requests per second over all classes and URLs. */
  readonly rate: number
  /** autocannon's requests per second on top; 0 for none. */
  readonly backgroundRate: number
  /** Requests per second by a client that retries, on top and no part of the verdict; none where it is not given. */
  readonly retryingRate?: number
  readonly seed: number
  readonly limits: Limits
  readonly warmUpMs: number
  readonly coolDownMs: number
  /** For the rollout. */
  readonly timeoutMs: number
  /** Puts a finished rollout back, too. */
  readonly restoreAfterwards: boolean
  /** Ends the run early: what ran is reported, the target restored. */
  readonly signal: AbortSignal
  readonly watcher: RunWatcher
}

/** What a target tells a run besides its events; a target that cannot leaves them alone. */
export interface RunHooks {
  /** A line that a pod printed. */
  podOutput(pod: string, line: string): void
  /** A connection that a load balancer had to reset because no pod took it. */
  refused(connection: RefusedConnection): void
}

/** What a run tells while it goes on. */
export interface RunWatcher {
  phase?(phase: Phase, state: RunState): void
  event?(event: TargetEvent): void
}

/** A look into a run that goes on. */
export interface RunState {
  readonly role: Role
  /** Which of several rollouts it is, in words; empty where there is one. */
  readonly round: string
  readonly timeline: Timeline
  totals(): LedgerTotals
}
