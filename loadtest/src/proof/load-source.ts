import type { Load, LoadOptions } from '../clients/load.js'
import type { Starved } from '../base/machine/starvation.js'
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

export interface DeployOptions extends Required<Omit<LoadOptions, 'addresses' | 'created'>> {
  readonly runId: string
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
