import { versionsOf } from './actions/action.js'
import type { Operation } from './actions/operation.js'
import { rightsFor } from './actions/rights.js'
import { Client } from './api/client.js'
import { fullName, type Right } from './api/grant.js'
import { loadKubeconfig, type KubeconfigOptions } from './api/kubeconfig.js'
import { assertRights } from './api/rights.js'
import { Baseline } from './restore/baseline.js'
import { planTwin, type TwinDifference } from './twin/twin-plan.js'
import { twinName } from './twin/twin-objects.js'
import { readServices } from './twin/twin.js'
import type { WorkloadName } from './workload/kinds.js'
import { takeSnapshot } from './workload/take-snapshot.js'

export interface DryRunOptions extends KubeconfigOptions {
  readonly namespace: string
  readonly workload: WorkloadName
  readonly container?: string | undefined
  readonly operation: Operation
  readonly image?: string | undefined
  readonly values: Readonly<Record<string, number>>
  readonly timeoutMs: number
  /** How the twin differs; undefined if none runs. */
  readonly twin: TwinDifference | undefined
  /** Rights that the run needs for other things than the workload. */
  readonly otherRights: readonly Right[]
  /** Whether the workload itself stays as it is, because the twin runs alone. */
  readonly twinAlone: boolean
}

export interface ClusterPlan {
  readonly context: string
  /** The action in the words of kubectl. */
  readonly action: string
  readonly fromVersion: string
  readonly toVersion: string
  /** The objects that the run would change, create and delete. */
  readonly touches: readonly string[]
  readonly rights: readonly string[]
}

/**
 * Plans a run from what the cluster holds, with the checks of a run, and changes nothing.
 *
 * @throws {UsageError} the run could not start
 */
export async function planOnCluster(options: DryRunOptions): Promise<ClusterPlan> {
  const { namespace, workload, container, operation, image, values, timeoutMs, twin, twinAlone } = options
  const { kind, name } = workload
  const client = new Client(await loadKubeconfig(options))
  const rights = [...rightsFor(kind, operation, { twin: twin !== undefined }), ...options.otherRights]
  await assertRights(client, namespace, rights)
  const snapshot = await takeSnapshot(client, { namespace, workload, container, timeoutMs })
  const action = operation.plan(snapshot, { image, values }, new Baseline())
  const touches = twinAlone ? [] : [`${kind.word}/${name}: ${action.detail}`]
  if (twin !== undefined) {
    const services = await readServices(client, namespace)
    const { original } = snapshot
    // An impossible twin is an error of the dry run, too.
    const { change } = action
    planTwin({ kind, original, change, twin, services, container: snapshot.container, direction: operation.direction })
    const own = twinName(name, kind)
    touches.push(`${kind.word}/${own} and service/${own}: created, rolled out as above, and deleted`)
  }
  const { fromVersion, toVersion } = versionsOf(action, snapshot.original, snapshot.container)
  return { context: client.context, action: action.detail, fromVersion, toVersion, touches, rights: rightsText(rights) }
}

/** Returns rights as `verbs resource`, each resource once. */
export function rightsText(rights: readonly Right[]): readonly string[] {
  const verbs = new Map<string, Set<string>>()
  for (const { group, resource, verbs: own } of rights) {
    const name = fullName(group, resource)
    verbs.set(name, new Set([...(verbs.get(name) ?? []), ...own]))
  }
  return [...verbs].map(([name, own]) => `${[...own].join(',')} ${name}`)
}
