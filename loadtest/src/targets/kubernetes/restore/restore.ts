import { now } from '../../../base/clock.js'
import { JSON_PATCH, replaceTemplate, type Change } from '../changes/changes.js'
import { ApiError } from '../api/api-error.js'
import { followRollout } from '../rollout/follow.js'
import { tidyHistory } from './history.js'
import { firstLine } from '../api/kubeconfig.js'
import { REVISION, type Workload } from '../api/objects.js'
import { podPath } from '../api/paths.js'
import type { Snapshot } from '../workload/snapshot.js'
import { imageOf, sameTemplate } from '../workload/templates.js'
import { workloadPath } from '../workload/workload.js'
import { WorkloadView } from '../rollout/workload-view.js'
import { isLeaving, isReady } from '../pods/pod-state.js'

/** A change that was sent. */
export interface SentChange {
  readonly change: Change
  /** As the API stored it; undefined where its answer to the change was lost. */
  readonly changed: Workload | undefined
}

/** What it made of the pod template, as far as it is known. */
export const templateOf = ({ change, changed }: SentChange): Workload['spec']['template'] =>
  changed?.spec.template ?? change.template

export interface RestoreOptions extends Snapshot {
  /** In order. */
  readonly made: readonly SentChange[]
}

/** How long the API may be away before putting back is left to people. */
const API_LIMIT_MS = 60_000
const TRIES = 5
/** What the last old pod may take beside its grace period, however short the time limit of the run was. */
const SPARE_MS = 60_000
const LOOK_MS = 1_000

/**
 * Puts the pod template back as it was found, unless somebody else has changed it meanwhile, and waits until it is rolled
 * out. Never throws: what is left to do is what it returns.
 */
export async function putBack(options: RestoreOptions): Promise<string | undefined> {
  const { client, kind, original } = options
  const { name } = original.metadata
  try {
    const put = await putTemplateBack(options)
    if (typeof put === 'string') return put
    return (await waitForRollout(options, put)) ?? (await tidyHistory(options))
  } catch (error) {
    return `${kind.name} ${name} could not be put back as it was (${client.server}: ${firstLine(error)}): ${byHand(options)}`
  }
}

function byHand({ kind, namespace, original, container, made }: RestoreOptions): string {
  const what = `-n ${namespace} ${kind.word}/${original.metadata.name}`
  // Each way back gives the revision that it goes to another number.
  if (made.length > 1) {
    const image = imageOf(original.spec.template, container)
    return `find the revision of ${image} with 'kubectl rollout history ${what}' and run 'kubectl rollout undo ${what} --to-revision=' with its number`
  }
  const revision = kind.history === 'replicasets' ? original.metadata.annotations?.[REVISION] : undefined
  return `run 'kubectl rollout undo ${what}${revision === undefined ? '' : ` --to-revision=${revision}`}'`
}

/** @returns the workload with its template back; or, where it was not put back, why, and what is left to do. */
export async function putTemplateBack({
  client,
  kind,
  namespace,
  original,
  made,
}: RestoreOptions): Promise<Workload | string> {
  const { name } = original.metadata
  const ours = made.map(templateOf)
  const path = workloadPath(kind, namespace, name)
  for (let tried = 1; ; tried += 1) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      const current = await client.persist<Workload>(API_LIMIT_MS, 'GET', path)
      const { template } = current.spec
      // Back already, perhaps by an answer that was lost; what came of it is waited for all the same.
      if (sameTemplate(template, original.spec.template)) return current
      if (!ours.some((own) => sameTemplate(template, own))) {
        return `${kind.name} ${name} was changed by somebody else after this run had changed it and is left as it is: see 'kubectl rollout history -n ${namespace} ${kind.word}/${name}'`
      }
      const patch = [
        // The API applies all of it or nothing: a change that comes between the look and the patch is not overwritten.
        { op: 'test', path: '/metadata/generation', value: current.metadata.generation },
        ...replaceTemplate(original.spec.template, annotationsBack(current, original, made)),
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

/** Only those that this run had changed, and only where they are still what it had made of them. */
function annotationsBack(
  current: Workload,
  original: Workload,
  made: readonly SentChange[],
): Record<string, string> | undefined {
  const ours = made.map(({ change }) => change.annotations).filter((each) => each !== undefined)
  if (ours.length === 0) return undefined
  const before = original.metadata.annotations ?? {}
  const back = new Map(Object.entries(current.metadata.annotations ?? {}))
  for (const key of new Set([before, ...ours].flatMap((annotations) => Object.keys(annotations)))) {
    // The controller's own: it goes up with each rollout.
    if (key === REVISION || !ours.some((own) => own[key] === back.get(key))) continue
    const value = before[key]
    if (value === undefined) back.delete(key)
    else back.set(key, value)
  }
  return Object.fromEntries(back)
}

/**
 * A StatefulSet waits for the pod that cannot come up before it goes on, even where its template is back: such pods are
 * deleted, as its documentation says to (forced rollback).
 */
export async function unstick({
  client,
  kind,
  namespace,
  view,
  generation,
  signal,
}: Snapshot & {
  readonly view: WorkloadView
  /** Of the workload with its template back. */
  readonly generation: number
  readonly signal: AbortSignal
}): Promise<void> {
  if (kind.name !== 'StatefulSet') return
  const end = now() + API_LIMIT_MS
  const seen = (): boolean => {
    const { observedGeneration = 0 } = view.workload?.status ?? {}
    return observedGeneration >= generation
  }
  // oxlint-disable-next-line no-await-in-loop -- waits for the controller
  while (!seen() && !signal.aborted && now() < end) await view.nextChange(LOOK_MS, signal)
  const hash = view.workload?.status?.updateRevision
  const stuck = view.pods.filter(
    (pod) => pod.metadata.labels?.[kind.hashLabel] !== hash && !isReady(pod) && !isLeaving(pod),
  )
  for (const { metadata } of stuck) {
    const body = { preconditions: { uid: metadata.uid } }
    // oxlint-disable-next-line no-await-in-loop -- there is one of them
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
    `${kind.name} ${name} has its pod template back, but is not yet rolled out (${reason}): see ${check}`
  try {
    await view.synced()
    const { template } = put.spec
    const { signal } = new AbortController()
    await unstick({ ...options, view, generation, signal })
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

// What happens while it is put back is not part of the run.
const ignore = (): void => {}
