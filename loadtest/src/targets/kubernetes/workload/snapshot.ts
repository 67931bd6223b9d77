import type { Client } from '../api/client.js'
import type { Workload } from '../api/objects.js'
import type { Kind } from './kinds.js'
import type { Revision } from './revision.js'

/** A workload as it was before the run changed it, and the means to restore it. */
export interface Snapshot {
  readonly client: Client
  readonly kind: Kind
  readonly namespace: string
  readonly original: Workload
  readonly revisions: readonly Revision[]
  /** The container whose image is the version. */
  readonly container: string
  readonly timeoutMs: number
}
