import { UsageError } from '../../../base/errors.js'
import { type RolloutOutcome } from '../../target.js'
import { JSON_PATCH } from '../changes/changes.js'
import { ApiError } from '../api/api-error.js'
import { firstLine } from '../api/kubeconfig.js'
import type { Workload } from '../api/objects.js'
import type { Snapshot } from '../workload/snapshot.js'
import { explainApi } from '../api/explain.js'
import { workloadPath } from '../workload/workload.js'
import { API_LIMIT_MS, reportProgress, waitFor, waitForRest, type Action, type ActionContext } from './action.js'
import { isLeaving } from '../pods/pod-state.js'

/**
 * Scales down, waits until the surplus pods are gone, and scales up again. A HorizontalPodAutoscaler may scale up first if
 * fewer pods are left than its minimum.
 */
export class ScaleDown implements Action {
  readonly detail: string
  readonly #snapshot: Snapshot
  readonly #replicas: number
  readonly #to: number
  #scaled: ActionContext | undefined

  /** @throws {UsageError} no pod would be removed, or none would be left. */
  constructor(snapshot: Snapshot, to?: number) {
    const { kind, original } = snapshot
    const { name } = original.metadata
    this.#snapshot = snapshot
    this.#replicas = kind.counts(original).desired
    this.#to = to ?? this.#replicas - 1
    if (kind.name === 'DaemonSet') {
      throw new UsageError(
        `DaemonSet ${name} has a pod on each node and no replicas to scale: the scenario needs a Deployment or a StatefulSet`,
      )
    }
    if (this.#to < 1) {
      throw new UsageError(
        `${kind.name} ${name} has 1 replica, so none would be left: run 'kubectl scale -n ${snapshot.namespace} ${kind.word}/${name} --replicas=2' first`,
      )
    }
    if (this.#to >= this.#replicas) {
      throw new UsageError(`${kind.name} ${name} has ${this.#replicas} replicas: give --scale-to a smaller number`)
    }
    this.detail = `scale ${kind.word}/${name} --replicas=${this.#to}, and back to ${this.#replicas}`
  }

  async perform(context: ActionContext): Promise<RolloutOutcome> {
    const before = new Set(context.view.pods.map(({ metadata }) => metadata.uid))
    const surplus = this.#replicas - this.#to
    this.#scaled = context
    const refused = await this.#scale(context, this.#replicas, this.#to)
    if (refused !== undefined) return { status: 'failed', reason: refused }
    reportProgress(context, `scaled to ${this.#to}`)
    const stayed = (): number => context.view.pods.filter(({ metadata }) => before.has(metadata.uid)).length
    const down = await waitFor(
      context,
      () => stayed() <= before.size - surplus && !context.view.pods.some(isLeaving),
      () => `${before.size - stayed()} of ${surplus} surplus pods are gone`,
    )
    if (down !== undefined) return down
    const kept = await this.#scale(context, this.#to, this.#replicas)
    if (kept !== undefined) return { status: 'failed', reason: kept }
    this.#scaled = undefined
    reportProgress(context, `scaled to ${this.#replicas}`)
    // The view may still show the state before the last change.
    const all = (): boolean => context.view.workload?.spec.replicas === this.#replicas
    return (await waitForRest(context, all)) ?? { status: 'finished' }
  }

  async restore(): Promise<string | undefined> {
    const context = this.#scaled
    if (context === undefined) return undefined
    const { kind, namespace, original } = this.#snapshot
    const { name } = original.metadata
    const way = `'kubectl scale -n ${namespace} ${kind.word}/${name} --replicas=${this.#replicas}'`
    try {
      const problem = await this.#scale(context, this.#to, this.#replicas)
      return problem === undefined ? undefined : `${problem}: see ${way}`
    } catch (error) {
      return `${kind.name} ${name} could not be scaled back to ${this.#replicas} (${firstLine(error)}): run ${way}`
    }
  }

  /** @returns why the workload was not scaled; undefined if it was. */
  async #scale(context: ActionContext, from: number, to: number): Promise<string | undefined> {
    const { client, kind, namespace, workload } = context
    const { name } = workload.metadata
    const path = workloadPath(kind, namespace, name)
    const body = [
      { op: 'test', path: '/spec/replicas', value: from },
      { op: 'replace', path: '/spec/replicas', value: to },
    ]
    try {
      await client.persist(API_LIMIT_MS, 'PATCH', path, { body, contentType: JSON_PATCH })
      return undefined
    } catch (error) {
      if (!(error instanceof ApiError) || error.status === 401 || error.status >= 500) {
        throw explainApi(error, client, 'harness', `scaling ${kind.name} ${name} to ${to}`)
      }
      const current = await client.persist<Workload>(API_LIMIT_MS, 'GET', path)
      if (current.spec.replicas === to) return undefined
      return error.status === 422
        ? `${kind.name} ${name} was scaled to ${current.spec.replicas} by somebody else, and stays so`
        : `the API refused to scale ${kind.name} ${name} to ${to}: ${error.message}`
    }
  }
}
