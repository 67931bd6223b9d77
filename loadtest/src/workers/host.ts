import type { Duplex } from 'node:stream'
import type { WorkerSpec } from './spec.js'

/** The port on which a worker listens, on 127.0.0.1 alone: nobody but a port-forward of the API reaches it. */
export const WORKER_PORT = 18_099

/** Where a worker runs. */
export interface Place {
  readonly pod: string
  readonly node: string | undefined
}

/** The host of the workers: a Job in a cluster, or processes in a test. */
export interface WorkerHost {
  /** Returns the addresses of the hosts of these URLs that are Services, by URL, for a cluster without DNS. */
  addresses(urls: readonly string[]): Promise<Readonly<Record<string, string>>>
  /** @throws {UsageError} the workers cannot be created. */
  create(spec: WorkerSpec): Promise<void>
  /** Opens a stream to a worker. Rejects while it does not run. */
  connect(index: number): Promise<Duplex>
  /** Returns where a worker runs; undefined if nothing was created for it. */
  place(index: number): Place | undefined
  /** Returns why a worker will never run, or runs no more; undefined while it may. */
  whyLost(index: number): string | undefined
  /** Returns what a worker waits for before it runs; undefined if it runs or that is unknown. */
  waitsFor(index: number): string | undefined
  /** Removes everything that {@link create} made. Returns what is left to do by hand, in one sentence. Never throws. */
  remove(): Promise<string | undefined>
}
