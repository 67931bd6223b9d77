import { UsageError } from '../../../base/errors.js'
import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../../../base/clock.js'
import { type RolloutOutcome } from '../../target.js'
import { ApiError, isPassing } from '../api/api-error.js'
import type { Client } from '../api/client.js'
import { firstLine } from '../api/kubeconfig.js'
import type { KubernetesObject, Pod } from '../api/objects.js'
import { nodePath, podPath } from '../api/paths.js'
import type { Snapshot } from '../workload/snapshot.js'
import { explainApi } from '../api/explain.js'
import { API_LIMIT_MS, reportProgress, waitForRest, type Action, type ActionContext } from './action.js'
import { isLeaving } from '../pods/pod-state.js'

interface Node extends KubernetesObject {
  readonly spec: { readonly unschedulable?: boolean }
}

const MERGE = 'application/merge-patch+json'
const RETRY_MS = 1_000
/** A node that stays cordoned accepts no pods at all, so uncordoning is tried for longer than other calls. */
const UNCORDON_LIMIT_MS = 60_000

/**
 * Cordons a node, evicts the pods of the workload from it as the PodDisruptionBudget allows, waits for their replacements on
 * other nodes, and uncordons the node. Pods of other workloads stay on it.
 */
export class DrainNode implements Action {
  readonly detail: string
  #cordoned: { readonly client: Client; readonly node: string } | undefined

  /** @throws {UsageError} the workload is a DaemonSet, which a drain ignores. */
  constructor(snapshot: Snapshot) {
    const { kind, original } = snapshot
    const { name } = original.metadata
    if (kind.name === 'DaemonSet') {
      throw new UsageError(
        `DaemonSet ${name} has a pod on each node, and a drain ignores it: the scenario needs a Deployment or a StatefulSet`,
      )
    }
    this.detail = `drain a node of ${kind.word}/${name}, and uncordon it`
  }

  async perform(context: ActionContext): Promise<RolloutOutcome> {
    const { client } = context
    const pods = (context.view.status?.fresh ?? []).filter(({ spec }) => spec.nodeName !== undefined)
    let node: string | undefined
    try {
      node = await chooseNode(client, pods)
    } catch (error) {
      throw explainApi(error, client, 'harness', 'reading the nodes')
    }
    if (node === undefined) {
      return {
        status: 'failed',
        reason: 'no node can be drained: every node that runs its pods is cordoned, or there is only one node',
      }
    }
    this.#cordoned = { client, node }
    try {
      await setUnschedulable(client, node, true)
    } catch (error) {
      throw explainApi(error, client, 'harness', `cordoning node ${node}`)
    }
    reportProgress(context, `cordoned ${node}`)
    const leaving = pods.filter(({ spec }) => spec.nodeName === node)
    const end = now() + context.timeoutMs
    for (const pod of leaving) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, as the budget allows
      const stopped = await evict(context, pod, end)
      if (stopped !== undefined) return stopped
      reportProgress(context, `evicted ${pod.metadata.name} from ${node}`)
    }
    const uids = new Set(leaving.map(({ metadata }) => metadata.uid))
    const gone = (): boolean => !context.view.pods.some(({ metadata }) => uids.has(metadata.uid))
    const outcome = (await waitForRest(context, gone)) ?? ({ status: 'finished' } as const)
    const problem = await this.release()
    if (problem !== undefined) return { status: 'failed', reason: problem }
    reportProgress(context, `uncordoned ${node}`)
    return outcome
  }

  async release(): Promise<string | undefined> {
    if (this.#cordoned === undefined) return undefined
    const { client, node } = this.#cordoned
    try {
      await setUnschedulable(client, node, false)
      this.#cordoned = undefined
      return undefined
    } catch (error) {
      return `node ${node} is still cordoned (${client.server}: ${firstLine(error)}): run 'kubectl uncordon ${node}'`
    }
  }

  restore(): Promise<undefined> {
    return Promise.resolve(undefined)
  }
}

/** Returns the schedulable node with the most pods of the workload; undefined if no other node could take them. */
async function chooseNode(client: Client, pods: readonly Pod[]): Promise<string | undefined> {
  const { items } = await client.persist<{ items: Node[] }>(API_LIMIT_MS, 'GET', '/api/v1/nodes')
  const open = items.filter(({ spec }) => spec.unschedulable !== true).map(({ metadata }) => metadata.name)
  if (open.length < 2) return undefined
  const count = (node: string): number => pods.filter(({ spec }) => spec.nodeName === node).length
  return open.filter((node) => count(node) > 0).toSorted((a, b) => count(b) - count(a) || a.localeCompare(b))[0]
}

/** The field was absent before, and `null` removes it. */
const setUnschedulable = (client: Client, node: string, unschedulable: boolean): Promise<unknown> =>
  client.persist(UNCORDON_LIMIT_MS, 'PATCH', nodePath(node), {
    body: { spec: { unschedulable: unschedulable ? true : null } },
    contentType: MERGE,
  })

/** @returns undefined when the pod is terminating. */
async function evict(context: ActionContext, { metadata }: Pod, end: number): Promise<RolloutOutcome | undefined> {
  const { client, namespace, signal, view } = context
  const { name, uid } = metadata
  const body = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
    deleteOptions: { preconditions: { uid } },
  }
  const path = podPath(namespace, name, 'eviction')
  for (;;) {
    if (signal.aborted) return { status: 'interrupted' }
    const seen = view.pods.find((pod) => pod.metadata.uid === uid)
    if (seen === undefined || isLeaving(seen)) return undefined
    try {
      // Not `persist`: a 429 means that a PodDisruptionBudget refuses, and its reason is needed.
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      await client.call('POST', path, { body })
      return undefined
    } catch (error) {
      if (error instanceof ApiError && (error.status === 404 || error.status === 409)) return undefined
      if (!isPassing(error)) {
        if (!(error instanceof ApiError) || error.status === 401) {
          throw explainApi(error, client, 'harness', `evicting pod ${name}`)
        }
        return { status: 'failed', reason: `the API refused to evict ${name}: ${error.message}` }
      }
      if (now() > end) return { status: 'failed', reason: `pod ${name} could not be evicted: ${firstLine(error)}` }
    }
    // oxlint-disable-next-line no-await-in-loop -- the pause is the purpose
    await sleep(RETRY_MS, undefined, { signal }).catch(() => {})
  }
}
