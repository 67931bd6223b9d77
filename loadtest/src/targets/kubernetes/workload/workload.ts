import { UsageError } from '../../../base/errors.js'
import { ApiError } from '../api/api-error.js'
import type { Client } from '../api/client.js'
import { resolveTemplate } from './argo.js'
import { DEPLOYMENT, type Kind } from './kinds.js'
import { asQuery, observedGeneration, type ControllerRevision, type ReplicaSet, type Workload } from '../api/objects.js'
import type { Revision } from './revision.js'
import { revisionsOf } from './revisions.js'
import { explainApi } from '../api/explain.js'

/** Returns the path of a workload, or of all workloads of its kind. */
export function workloadPath(kind: Kind, namespace: string, name = ''): string {
  const path = `/apis/${kind.group}/${kind.version}/namespaces/${encodeURIComponent(namespace)}/${kind.resource}`
  return name === '' ? path : `${path}/${encodeURIComponent(name)}`
}

/** Returns the path of a revision of a workload, or of all revisions. */
export function historyPath(kind: Kind, namespace: string, name = ''): string {
  const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/${kind.history}`
  return name === '' ? path : `${path}/${encodeURIComponent(name)}`
}

/**
 * Reads a workload.
 *
 * @throws {UsageError} the workload does not exist, or may not be read. The message names the workloads that exist.
 */
export async function readWorkload(client: Client, kind: Kind, namespace: string, name: string): Promise<Workload> {
  try {
    const workload = await client.call<Workload>('GET', workloadPath(kind, namespace, name))
    return await resolveTemplate(client, namespace, workload)
  } catch (error) {
    if (error instanceof UsageError) throw error
    if (!(error instanceof ApiError) || error.status !== 404) {
      throw explainApi(error, client, 'usage', `reading ${kind.name} ${name}`)
    }
  }
  const missing = `${kind.name} ${name} does not exist in namespace ${namespace}`
  try {
    const { items } = await client.call<{ items: Workload[] }>('GET', workloadPath(kind, namespace))
    if (items.length > 0) {
      const known = items.map(({ metadata }) => metadata.name).join(', ')
      throw new UsageError(`${missing}: name another with --workload; there are: ${known}`)
    }
    await client.call('GET', `/api/v1/namespaces/${encodeURIComponent(namespace)}`)
  } catch (error) {
    if (error instanceof UsageError) throw error
    if (error instanceof ApiError && error.status === 404) {
      throw new UsageError(`namespace ${namespace} does not exist: name another with --namespace`)
    }
    throw new UsageError(`${missing}: check --workload and --namespace`)
  }
  const other =
    kind === DEPLOYMENT ? 'name a StatefulSet or a DaemonSet with --workload statefulset/NAME' : 'check --namespace'
  throw new UsageError(`${missing}, which has none: ${other}`)
}

/** Reads every revision of a workload. */
export async function readRevisions(
  client: Client,
  kind: Kind,
  namespace: string,
  workload: Workload,
): Promise<readonly Revision[]> {
  try {
    const query = { labelSelector: asQuery(workload.spec.selector) }
    const { items } = await client.call<{ items: (ReplicaSet | ControllerRevision)[] }>(
      'GET',
      historyPath(kind, namespace),
      { query },
    )
    return revisionsOf(kind, workload, items)
  } catch (error) {
    throw explainApi(error, client, 'usage', `reading the revisions of ${kind.name} ${workload.metadata.name}`)
  }
}

/**
 * Checks that a workload is fully rolled out. A run during another rollout would mix the two, and could not restore the
 * workload.
 *
 * @throws {UsageError} the workload is not fully rolled out, or cannot roll.
 */
export function assertAtRest(kind: Kind, workload: Workload): void {
  const { metadata, spec } = workload
  const { name, namespace } = metadata
  const { desired, updated, available, total } = kind.counts(workload)
  if (desired === 0) {
    throw new UsageError(`${kind.name} ${name} has 0 replicas, so there is nothing to roll out: scale it up first`)
  }
  if (kind.name === 'Rollout') {
    assertArgoAtRest(workload)
    return
  }
  if (spec.paused === true) {
    throw new UsageError(
      `${kind.name} ${name} is paused: resume it with 'kubectl rollout resume -n ${namespace} ${kind.word}/${name}'`,
    )
  }
  if (spec.updateStrategy?.type === 'OnDelete') {
    throw new UsageError(
      `${kind.name} ${name} has updateStrategy OnDelete, so a change rolls nothing: set it to RollingUpdate`,
    )
  }
  if ((spec.updateStrategy?.rollingUpdate?.partition ?? 0) > 0) {
    throw new UsageError(
      `${kind.name} ${name} has the partition ${spec.updateStrategy?.rollingUpdate?.partition}, so some pods would keep the old version: set the partition to 0`,
    )
  }
  if (
    observedGeneration(workload) >= (metadata.generation ?? 0) &&
    updated === desired &&
    total === desired &&
    available === desired
  ) {
    return
  }
  throw new UsageError(
    `${kind.name} ${name} is not fully rolled out (${desired} wanted, ${updated} up to date, ${available} available, ${total} in all): wait for 'kubectl rollout status -n ${namespace} ${kind.word}/${name}'`,
  )
}

/** A Rollout may be paused or aborted: a promotion, a retry and an undo start from there. */
function assertArgoAtRest({ metadata: { name, namespace }, status }: Workload): void {
  if (status?.phase !== 'Progressing') return
  throw new UsageError(
    `Rollout ${name} is not fully rolled out (${status.message}): wait for 'kubectl argo rollouts status ${name} -n ${namespace}'`,
  )
}
