import type { SelfReport } from '../../base/machine/self-watch.js'

/** One of several machines that sent the load of a run. */
export interface WorkerRecord {
  /** From 0. */
  readonly index: number
  /** Null if nothing was created for it. */
  readonly pod: string | null
  readonly node: string | null
  /** The attempts that it has delivered. */
  readonly attempts: number
  /** Its share of the rate, in requests per second. */
  readonly rate: number
  /** Why it was lost: attempts of it are missing. Null if its ledger is complete. */
  readonly lost: string | null
  /** The wall clock of its node minus that of this machine, in ms, and how far that can be wrong; null if it never answered. */
  readonly clockOffsetMs: number | null
  readonly clockUncertaintyMs: number | null
  /** Whether it found the service by the name in the URL. Otherwise there was no DNS, and it used the address of the Service. */
  readonly byName: boolean | null
  /** How it kept up; null if it was lost before its end. */
  readonly harness: SelfReport | null
}
