import { setTimeout as sleep } from 'node:timers/promises'
import { JSON_PATCH } from '../changes/changes.js'
import { ApiError } from '../api/api-error.js'
import { firstLine } from '../api/kubeconfig.js'
import { REVISION, type Workload } from '../api/objects.js'
import type { Snapshot } from '../workload/snapshot.js'
import type { Revision } from '../workload/revision.js'
import { historyPath, readRevisions, workloadPath } from '../workload/workload.js'

const MERGE = 'application/merge-patch+json'
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history'
const API_LIMIT_MS = 30_000
/** The controller processes one change after the other, and may overwrite a correction. */
const TRIES = 10
const PAUSE_MS = 500

/**
 * Restores the history of a workload whose template is restored: removes the revisions of the run, and gives the others their
 * old numbers.
 *
 * @returns what is left to do by hand, in one sentence. Never throws.
 */
export async function restoreHistory(snapshot: Snapshot): Promise<string | undefined> {
  const { client, kind, namespace, original, revisions } = snapshot
  const { name } = original.metadata
  const known = new Map(revisions.map((revision) => [revision.object.metadata.uid, revision]))
  let added: readonly Revision[] = []
  try {
    for (let tried = 0; tried < TRIES; tried += 1) {
      // oxlint-disable-next-line no-await-in-loop -- until the controller has processed the change
      const current = await readRevisions(client, kind, namespace, original)
      added = current.filter(({ object }) => !known.has(object.metadata.uid))
      // oxlint-disable-next-line no-await-in-loop -- as above
      for (const revision of added) await remove(snapshot, revision)
      const changed = current.filter(({ object, number }) => {
        const before = known.get(object.metadata.uid)
        return before !== undefined && before.number !== number
      })
      // A controller counts up from the highest number, so the new revisions must be gone first.
      if (added.length === 0) {
        // oxlint-disable-next-line no-await-in-loop -- as above
        for (const revision of changed) await renumber(snapshot, revision, known.get(revision.object.metadata.uid))
        // oxlint-disable-next-line no-await-in-loop -- as above
        if (changed.length === 0 && (await isNumbered(snapshot))) return undefined
      }
      // oxlint-disable-next-line no-await-in-loop -- the pause is the purpose
      await sleep(PAUSE_MS)
    }
    return `${kind.name} ${name} is restored, but its revisions have other numbers than before: see 'kubectl rollout history -n ${namespace} ${kind.word}/${name}'`
  } catch (error) {
    const names = added.map(({ object }) => object.metadata.name).join(' ')
    const way =
      names === ''
        ? ''
        : `: 'kubectl delete ${kind.history} -n ${namespace} ${names}' removes the revisions of this run`
    return `${kind.name} ${name} is restored, but its history is not (${firstLine(error)})${way}`
  }
}

async function remove({ client, kind, namespace }: Snapshot, { object }: Revision): Promise<void> {
  // A ReplicaSet with pods is not scaled down yet.
  if ('status' in object && (object.status?.replicas ?? 0) > 0) return
  const { name, uid } = object.metadata
  const path = historyPath(kind, namespace, name)
  const body = { propagationPolicy: 'Background', preconditions: { uid } }
  await client.persist(API_LIMIT_MS, 'DELETE', path, { body }).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.status !== 404) throw error
  })
}

async function renumber({ client, kind, namespace }: Snapshot, { object }: Revision, before?: Revision): Promise<void> {
  if (before === undefined) return
  const path = historyPath(kind, namespace, object.metadata.name)
  const { annotations = {} } = before.object.metadata
  const body =
    kind.history === 'controllerrevisions'
      ? { revision: before.number }
      : {
          metadata: {
            annotations: {
              [REVISION]: annotations[REVISION] ?? null,
              [REVISION_HISTORY]: annotations[REVISION_HISTORY] ?? null,
            },
          },
        }
  await client.persist(API_LIMIT_MS, 'PATCH', path, { body, contentType: MERGE })
}

/** Restores the revision number of a Deployment if its controller does not. Returns whether the number is right. */
async function isNumbered({ client, kind, namespace, original }: Snapshot): Promise<boolean> {
  if (kind.history !== 'replicasets') return true
  const path = workloadPath(kind, namespace, original.metadata.name)
  const wanted = original.metadata.annotations?.[REVISION]
  const { metadata } = await client.persist<Workload>(API_LIMIT_MS, 'GET', path)
  if (wanted === undefined || metadata.annotations?.[REVISION] === wanted) return true
  const body = [
    { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
    { op: 'add', path: `/metadata/annotations/${REVISION.replace('/', '~1')}`, value: wanted },
  ]
  await client.persist(API_LIMIT_MS, 'PATCH', path, { body, contentType: JSON_PATCH }).catch((error: unknown) => {
    if (!(error instanceof ApiError) || (error.status !== 422 && error.status !== 409)) throw error
  })
  return false
}
