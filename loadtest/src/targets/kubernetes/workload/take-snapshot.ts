import { chooseContainer } from '../changes/changes.js'
import type { Client } from '../api/client.js'
import type { WorkloadName } from './kinds.js'
import type { Snapshot } from './snapshot.js'
import { assertAtRest, readRevisions, readWorkload } from './workload.js'

export interface SnapshotOptions {
  readonly namespace: string
  readonly workload: WorkloadName
  /** The container whose image is the version. Required only if the pods have several. */
  readonly container?: string | undefined
  readonly timeoutMs: number
}

/**
 * Reads a workload as it is before the run.
 *
 * @throws {UsageError} the workload does not exist, is not fully rolled out, or has no such container.
 */
export async function takeSnapshot(client: Client, options: SnapshotOptions): Promise<Snapshot> {
  const { namespace, workload, timeoutMs } = options
  const { kind, name } = workload
  const original = await readWorkload(client, kind, namespace, name)
  const container = chooseContainer(kind, original, options.container)
  assertAtRest(kind, original)
  const revisions = await readRevisions(client, kind, namespace, original)
  return { client, kind, namespace, original, revisions, container, timeoutMs }
}
