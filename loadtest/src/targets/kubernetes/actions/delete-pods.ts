import { UsageError } from '../../../base/errors.js'
import { type RolloutOutcome } from '../../target.js'
import { ApiError } from '../api/api-error.js'
import type { Pod } from '../api/objects.js'
import { podPath } from '../api/paths.js'
import type { Snapshot } from '../workload/snapshot.js'
import { explainApi } from '../api/explain.js'
import { API_LIMIT_MS, reportProgress, waitForRest, type Action, type ActionContext } from './action.js'

export interface DeletePodsOptions {
  readonly pods: number
  /** Whether the kubelet sends SIGKILL at once instead of SIGTERM. */
  readonly kill: boolean
}

/** A grace period of 0 removes the pod from the API before its process ends, so the end could not be observed. */
const NO_GRACE = { gracePeriodSeconds: 1 } as const

/** Deletes pods at once and waits for their replacements. The workload itself stays as it is. */
export class DeletePods implements Action {
  readonly detail: string
  readonly #options: DeletePodsOptions

  /** @throws {UsageError} the workload has fewer pods. */
  constructor(snapshot: Snapshot, options: DeletePodsOptions) {
    const { kind, original } = snapshot
    const { pods, kill } = options
    const { desired } = kind.counts(original)
    const { name } = original.metadata
    if (pods > desired) {
      throw new UsageError(
        `${kind.name} ${name} has ${desired} pods, so ${pods} cannot be deleted: give --pods a smaller number`,
      )
    }
    this.#options = options
    const what = `${pods} ${pods === 1 ? 'pod' : 'pods'} of ${kind.word}/${name}`
    this.detail = kill ? `delete ${what} --grace-period=${NO_GRACE.gracePeriodSeconds}` : `delete ${what}`
  }

  async perform(context: ActionContext): Promise<RolloutOutcome> {
    const { pods, kill } = this.#options
    const chosen = (context.view.status?.fresh ?? [])
      .toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name))
      .slice(0, pods)
    if (kill) for (const { metadata } of chosen) context.view.expectKill(metadata.name)
    const refusals = await Promise.all(chosen.map((pod) => remove(context, pod, kill)))
    const refused = refusals.find((each) => each !== undefined)
    if (refused !== undefined) return { status: 'failed', reason: refused }
    reportProgress(context, `deleted ${chosen.map(({ metadata }) => metadata.name).join(', ')}`)
    const uids = new Set(chosen.map(({ metadata }) => metadata.uid))
    const gone = (): boolean => !context.view.pods.some(({ metadata }) => uids.has(metadata.uid))
    return (await waitForRest(context, gone)) ?? { status: 'finished' }
  }

  /** The controller replaces the pods, so there is nothing to restore. */
  restore(): Promise<undefined> {
    return Promise.resolve(undefined)
  }
}

async function remove(
  { client, namespace }: ActionContext,
  { metadata }: Pod,
  kill: boolean,
): Promise<string | undefined> {
  const body = { preconditions: { uid: metadata.uid }, ...(kill ? NO_GRACE : {}) }
  try {
    await client.persist(API_LIMIT_MS, 'DELETE', podPath(namespace, metadata.name), { body })
    return undefined
  } catch (error) {
    if (!(error instanceof ApiError) || error.status === 401 || error.status >= 500) {
      throw explainApi(error, client, 'harness', `deleting pod ${metadata.name}`)
    }
    return `the API refused to delete pod ${metadata.name}: ${error.message}`
  }
}
