import { now } from '../../../base/clock.js'
import { JSON_PATCH, replaceTemplate, type Change } from '../changes/changes.js'
import { ApiError } from '../api/api-error.js'
import { followRollout } from '../rollout/follow.js'
import { restoreHistory } from './history.js'
import { firstLine } from '../api/kubeconfig.js'
import { observedGeneration, REVISION, type Workload } from '../api/objects.js'
import { podPath } from '../api/paths.js'
import type { Snapshot } from '../workload/snapshot.js'
import { imageOf, sameTemplate } from '../workload/templates.js'
import { writerOf } from '../workload/last-writer.js'
import { workloadPath } from '../workload/workload.js'
import { WorkloadView } from '../rollout/workload-view.js'
import { isLeaving, isReady } from '../pods/pod-state.js'

/** A change that was sent to the API. */
export interface SentChange {
  readonly change: Change
  /** The workload as the API stored it; undefined if the response was lost. */
  readonly changed: Workload | undefined
}

/** Returns the pod template after a change, as far as it is known. */
export const templateOf = ({ change, changed }: SentChange): Workload['spec']['template'] =>
  changed?.spec.template ?? change.template

export interface RestoreOptions extends Snapshot {
  /** The changes of all rollouts, in order. */
  readonly changes: readonly SentChange[]
}

/** How long restoring waits for an API that does not answer. */
const API_LIMIT_MS = 60_000
const TRIES = 5
/** The time for the last old pod beside its grace period, if the time limit of the run is shorter. */
const SPARE_MS = 60_000
const POLL_MS = 1_000

/**
 * Restores the pod template, unless somebody else has changed it, and waits for the rollout.
 *
 * @returns what is left to do by hand, in one sentence. Never throws.
 */
export async function restoreWorkload(options: RestoreOptions): Promise<string | undefined> {
  const { client, kind, original } = options
  const { name } = original.metadata
  try {
    const put = await restoreTemplate(options)
    if (typeof put === 'string') return put
    return (await waitForRollout(options, put)) ?? (await restoreHistory(options))
  } catch (error) {
    return `${kind.name} ${name} could not be restored (${client.server}: ${firstLine(error)}): ${byHand(options)}`
  }
}

function byHand({ kind, namespace, original, container, changes }: RestoreOptions): string {
  const what = `-n ${namespace} ${kind.word}/${original.metadata.name}`
  // Each undo gives the revision that it restores a new number.
  if (changes.length > 1) {
    const image = imageOf(original.spec.template, container)
    return `find the revision of ${image} with 'kubectl rollout history ${what}' and run 'kubectl rollout undo ${what} --to-revision=' with its number`
  }
  const revision = kind.history === 'replicasets' ? original.metadata.annotations?.[REVISION] : undefined
  return `run 'kubectl rollout undo ${what}${revision === undefined ? '' : ` --to-revision=${revision}`}'`
}

/** @returns the workload with its restored template; otherwise why it was not restored, and what to do. */
export async function restoreTemplate({
  client,
  kind,
  namespace,
  original,
  changes,
}: RestoreOptions): Promise<Workload | string> {
  const { name } = original.metadata
  const ours = changes.map(templateOf)
  const path = workloadPath(kind, namespace, name)
  for (let tried = 1; ; tried += 1) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      const current = await client.persist<Workload>(API_LIMIT_MS, 'GET', path)
      const { template } = current.spec
      // The template is restored already, perhaps by a call whose answer was lost. Its rollout may still be under way.
      if (sameTemplate(template, original.spec.template)) return current
      if (!ours.some((own) => sameTemplate(template, own))) {
        return `${kind.name} ${name} was changed by ${writerOf(current)} after this run changed it, and stays as it is: see 'kubectl rollout history -n ${namespace} ${kind.word}/${name}'`
      }
      const patch = [
        // The API applies all of the patch or nothing, so a change since the last read is not overwritten.
        { op: 'test', path: '/metadata/generation', value: current.metadata.generation },
        ...replaceTemplate(original.spec.template, annotationsBack(current, original, changes)),
      ]
      // oxlint-disable-next-line no-await-in-loop -- as above
      return await client.persist<Workload>(API_LIMIT_MS, 'PATCH', path, { body: patch, contentType: JSON_PATCH })
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) {
        return `${kind.name} ${name} was deleted by somebody else during the run`
      }
      const raced = error instanceof ApiError && (error.status === 422 || error.status === 409)
      if (!raced || tried === TRIES) throw error
    }
  }
}

/** Returns the annotations to restore: those that this run changed, if nobody changed them since. */
function annotationsBack(
  current: Workload,
  original: Workload,
  changes: readonly SentChange[],
): Record<string, string> | undefined {
  const ours = changes.map(({ change }) => change.annotations).filter((each) => each !== undefined)
  if (ours.length === 0) return undefined
  const before = original.metadata.annotations ?? {}
  const back = new Map(Object.entries(current.metadata.annotations ?? {}))
  for (const key of new Set([before, ...ours].flatMap((annotations) => Object.keys(annotations)))) {
    // The controller counts this annotation up with each rollout.
    if (key === REVISION || !ours.some((own) => own[key] === back.get(key))) continue
    const value = before[key]
    if (value === undefined) back.delete(key)
    else back.set(key, value)
  }
  return Object.fromEntries(back)
}

/**
 * Deletes the pods that keep a StatefulSet from going on: it waits for a pod that cannot start, even after its template was
 * restored.
 *
 * Source: "Forced rollback" on the StatefulSet page of the Kubernetes documentation.
 */
export async function deleteStuckPods({
  client,
  kind,
  namespace,
  view,
  generation,
  signal,
}: Snapshot & {
  readonly view: WorkloadView
  /** The generation of the workload with its restored template. */
  readonly generation: number
  readonly signal: AbortSignal
}): Promise<void> {
  if (kind.name !== 'StatefulSet') return
  const end = now() + API_LIMIT_MS
  const seen = (): boolean => view.workload !== undefined && observedGeneration(view.workload) >= generation
  // oxlint-disable-next-line no-await-in-loop -- waits for the controller
  while (!seen() && !signal.aborted && now() < end) await view.nextChange(POLL_MS, signal)
  const hash = view.workload?.status?.updateRevision
  const stuck = view.pods.filter(
    (pod) => pod.metadata.labels?.[kind.hashLabel] !== hash && !isReady(pod) && !isLeaving(pod),
  )
  for (const { metadata } of stuck) {
    const body = { preconditions: { uid: metadata.uid } }
    // oxlint-disable-next-line no-await-in-loop -- there is one such pod
    await client
      .persist(API_LIMIT_MS, 'DELETE', podPath(namespace, metadata.name), { body })
      .catch((error: unknown) => {
        if (!(error instanceof ApiError) || (error.status !== 404 && error.status !== 409)) throw error
      })
  }
}

async function waitForRollout(options: RestoreOptions, put: Workload): Promise<string | undefined> {
  const { client, kind, namespace, container } = options
  const { name, generation = 0 } = put.metadata
  const { terminationGracePeriodSeconds = 30 } = put.spec.template.spec
  const timeoutMs = Math.max(options.timeoutMs, terminationGracePeriodSeconds * 1_000 + SPARE_MS)
  const view = new WorkloadView({ client, namespace, kind, workload: put, container, listener: ignore })
  const check = `'kubectl rollout status -n ${namespace} ${kind.word}/${name}'`
  const left = (reason: string): string =>
    `${kind.name} ${name} has its old pod template, but is not rolled out yet (${reason}): see ${check}`
  try {
    await view.synced()
    const { template } = put.spec
    const { signal } = new AbortController()
    await deleteStuckPods({ ...options, view, generation, signal })
    const outcome = await followRollout({
      client,
      namespace,
      kind,
      view,
      template,
      generation,
      timeoutMs,
      signal,
      listener: ignore,
    })
    return outcome.status === 'failed' ? left(outcome.reason) : undefined
  } catch (error) {
    return left(firstLine(error))
  } finally {
    view.stop()
  }
}

// Restoring is not part of the run.
const ignore = (): void => {}
