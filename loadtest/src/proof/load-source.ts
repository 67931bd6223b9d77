import type { ClientClass, Limits } from '../clients/client.js'
import type { Load } from '../clients/load.js'
import type { Access } from '../base/wire/access.js'
import type { Starved } from '../base/machine/starvation.js'
import type { Profile } from '../inputs/profile/profile.js'
import type { Ledger } from '../ledger/ledger.js'
import type { WorkerRecord } from '../verdict/story/worker-record.js'

/** Machines other than this one that send the load. */
export interface LoadSource {
  /**
   * Starts the machines, and checks from each that the service answers.
   *
   * @throws {UsageError} none of them can send the load
   */
  deploy(options: DeployOptions): Promise<DeployedLoad>
}

export interface DeployOptions {
  readonly runId: string
  readonly urls: readonly string[]
  /** The headers of every request, and TLS. */
  readonly access: Access
  readonly profile: Profile
  readonly clients: readonly ClientClass[]
  readonly rate: number
  readonly seed: number
  readonly limits: Limits
  /** Receives every attempt. */
  readonly ledger: Ledger
  readonly signal: AbortSignal
}

export interface DeployedLoad {
  /** Starts the load on all machines at one moment. */
  start(): Load
  /** Returns whether the machine of an attempt had no CPU to spare. */
  readonly starved: Starved
  /** Returns the record of each machine. Complete after the load has been drained. */
  workers(): readonly WorkerRecord[]
  /** Removes the machines. Returns what is left to do by hand. */
  remove(): Promise<string | undefined>
}
