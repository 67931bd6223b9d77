import { UsageError } from '../../../base/errors.js'
import { randomUUID } from 'node:crypto'
import { now } from '../../../base/clock.js'
import { type RolloutOutcome } from '../../target.js'
import { ApiError } from '../api/api-error.js'
import type { Client } from '../api/client.js'
import { firstLine } from '../api/kubeconfig.js'
import { Informer } from '../api/informer.js'
import type { KubernetesObject, Pod, PodTemplate } from '../api/objects.js'
import { podPath } from '../api/paths.js'
import type { Snapshot } from '../workload/snapshot.js'
import { explainApi } from '../api/explain.js'
import { MANAGED_BY, withoutClaims } from '../workload/copies.js'
import { API_LIMIT_MS, reportProgress, waitFor, waitForRest, type Action, type ActionContext } from './action.js'
import { isReady } from '../pods/pod-state.js'

/** How long the pod serves before its liveness probe runs for the first time, and fails, in seconds. */
const HEALTHY_SECONDS = 12
/** Nothing listens on this port, so the probe fails. */
const CLOSED_PORT = 1
/** The annotation by which a run recognizes the pod that it added. */
const MARK = 'zero-drop/added'
/** How long the restarted container serves before its pod is deleted. */
const SERVES_AGAIN_MS = 3_000

/**
 * Adds one pod with a failing liveness probe to those of the workload. The Services send traffic to it, and the kubelet restarts
 * its container. While its process gets SIGTERM the endpoint of the pod is not terminating: only the readiness probe removes it.
 * Then the pod is deleted. The workload, its own pods and its image stay as they are.
 */
export class LivenessRestart implements Action {
  readonly detail: string
  #added: { readonly client: Client; readonly namespace: string; readonly name: string } | undefined

  /** @throws {UsageError} a DaemonSet deletes a pod with its labels. */
  constructor(snapshot: Snapshot) {
    const { kind, original } = snapshot
    const { name } = original.metadata
    if (kind.name === 'DaemonSet') {
      throw new UsageError(
        `DaemonSet ${name} would adopt and delete a pod with its labels: the scenario needs a Deployment or a StatefulSet`,
      )
    }
    this.detail = `liveness restart of a pod beside those of ${kind.word}/${name}`
  }

  async perform(context: ActionContext): Promise<RolloutOutcome> {
    const { client, namespace, workload, container, view } = context
    const name = `${workload.metadata.name.slice(0, 54).replace(/[-.]+$/u, '')}-liveness`
    const uid = await this.#add(context, name)
    if (typeof uid === 'object') return uid
    const seen = (): Pod | undefined => view.pods.find(({ metadata }) => metadata.uid === uid)
    const restarts = (): number =>
      seen()?.status?.containerStatuses?.find((status) => status.name === container)?.restartCount ?? 0
    const ready = (): boolean => seen() !== undefined && isReady(seen() as Pod)
    const up = await waitFor(context, ready, () => `pod ${name} is not ready`)
    if (up !== undefined) return up
    reportProgress(context, `pod ${name} serves`)
    const events = new Informer<KubernetesObject>({
      client,
      path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`,
      what: 'events',
      fieldSelector: `involvedObject.uid=${uid},reason=Killing`,
      onChange: () => view.restarting(name),
      onGap: () => {},
    })
    try {
      await events.synced
      const again = await waitFor(
        context,
        () => restarts() > 0 && ready(),
        () => `pod ${name} has been restarted ${restarts()} times`,
      )
      if (again !== undefined) return again
    } catch (error) {
      throw explainApi(error, client, 'harness', `following pod ${name}`)
    } finally {
      events.stop()
    }
    reportProgress(context, `the container of ${name} was restarted by the kubelet`)
    const until = now() + SERVES_AGAIN_MS
    const pause = await waitFor(
      context,
      () => now() > until,
      () => '',
    )
    if (pause !== undefined) return pause
    const problem = await this.release()
    if (problem !== undefined) return { status: 'failed', reason: problem }
    return (await waitForRest(context, () => seen() === undefined)) ?? { status: 'finished' }
  }

  async release(): Promise<string | undefined> {
    if (this.#added === undefined) return undefined
    const { client, namespace, name } = this.#added
    try {
      await client.persist(API_LIMIT_MS, 'DELETE', podPath(namespace, name)).catch((error: unknown) => {
        if (!(error instanceof ApiError) || error.status !== 404) throw error
      })
      this.#added = undefined
      return undefined
    } catch (error) {
      return `pod ${name} is still there (${client.server}: ${firstLine(error)}): remove it with 'kubectl delete pod -n ${namespace} ${name}'`
    }
  }

  restore(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  /** @returns the uid of the pod, or a failed outcome if the API refused to create it. */
  async #add(
    { client, namespace, workload, container }: ActionContext,
    name: string,
  ): Promise<string | RolloutOutcome> {
    const mark = randomUUID()
    const body = failingPod(withoutClaims(workload), container, name, mark)
    this.#added = { client, namespace, name }
    try {
      const added = await client.persist<Pod>(API_LIMIT_MS, 'POST', podPath(namespace), { body })
      return added.metadata.uid ?? ''
    } catch (error) {
      if (!(error instanceof ApiError) || error.status === 401 || error.status >= 500) {
        throw explainApi(error, client, 'harness', `creating pod ${name}`)
      }
      if (error.status === 409) {
        const there = await client
          .persist<Pod>(API_LIMIT_MS, 'GET', podPath(namespace, name))
          .catch((lost: unknown) => explainApi(lost, client, 'harness', `reading pod ${name}`))
        if (there instanceof Error) throw there
        // The API created the pod, but its answer was lost.
        if (there.metadata.annotations?.[MARK] === mark) return there.metadata.uid ?? ''
        // Somebody else's pod has this name, and stays.
        this.#added = undefined
      }
      return { status: 'failed', reason: `the API refused to create pod ${name}: ${error.message}` }
    }
  }
}

function failingPod({ metadata, spec }: PodTemplate, container: string, name: string, mark: string): object {
  const containers = spec.containers.map((each) =>
    each.name === container
      ? {
          ...each,
          livenessProbe: {
            tcpSocket: { port: CLOSED_PORT },
            initialDelaySeconds: HEALTHY_SECONDS,
            periodSeconds: HEALTHY_SECONDS,
            failureThreshold: 1,
          },
        }
      : each,
  )
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: { ...metadata?.labels, ...MANAGED_BY },
      annotations: { ...metadata?.annotations, [MARK]: mark },
    },
    spec: { ...spec, containers },
  }
}
