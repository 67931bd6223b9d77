import { UsageError } from '../../../base/errors.js'
import type { Client } from '../api/client.js'
import { explainApi } from '../api/explain.js'
import { ROLLOUT_HASH, type Workload } from '../api/objects.js'

/** The kinds of the group `apps` whose template a Rollout can take. */
const REFERRED: Readonly<Record<string, string>> = { Deployment: 'deployments', ReplicaSet: 'replicasets' }

/**
 * Returns a Rollout with the template and the selector that its controller uses: its own, or those of its `workloadRef`. Returns every
 * other workload as it is.
 *
 * Source: `informerBasedWorkloadRefResolver.Resolve` in argo-rollouts `rollout/templateref.go`.
 *
 * @throws {UsageError} the other workload does not exist, may not be read, or has another kind.
 */
export async function resolveTemplate(client: Client, namespace: string, workload: Workload): Promise<Workload> {
  const { workloadRef } = workload.spec
  if (workloadRef === undefined) return workload
  const { kind = '', name = '' } = workloadRef
  const resource = REFERRED[kind]
  const what = `the workloadRef of Rollout ${workload.metadata.name}`
  if (resource === undefined) {
    throw new UsageError(`${what} is a ${kind}, which zero-drop does not read: watch its URL from outside, with --url`)
  }
  const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/${resource}/${encodeURIComponent(name)}`
  try {
    return withTemplate(workload, await client.call<Workload>('GET', path))
  } catch (error) {
    throw explainApi(error, client, 'usage', `reading ${kind} ${name}, ${what}`)
  }
}

/** Returns a Rollout with the template and the selector of another workload, where it has none. */
export const withTemplate = (rollout: Workload, { spec: { template, selector } }: Workload): Workload => ({
  ...rollout,
  spec: Object.assign({ template, selector }, rollout.spec),
})

/** Returns the selector of a Service without the label that the controller adds to it. */
export function withoutRolloutHash(selector: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(selector).filter(([key]) => key !== ROLLOUT_HASH))
}

/** Returns the name of the Service with the traffic of a Rollout; its others have only previews and canaries. */
export const mainService = ({ spec: { strategy } }: Workload): string | undefined =>
  strategy?.blueGreen?.activeService ?? strategy?.canary?.stableService
