import { TargetError } from '../target.js'
import { ApiError, type Client } from './client.js'
import { asQuery, type Deployment, type ReplicaSet } from './objects.js'
import { explainApi } from './sentences.js'

export function deploymentPath(namespace: string, name = ''): string {
  const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments`
  return name === '' ? path : `${path}/${encodeURIComponent(name)}`
}

/**
 * Reads the Deployment that is to be rolled.
 *
 * @throws {TargetError} usage: it does not exist (with the names of those that do), or may not be read.
 */
export async function readDeployment(client: Client, namespace: string, name: string): Promise<Deployment> {
  try {
    return await client.call<Deployment>('GET', deploymentPath(namespace, name))
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) {
      throw explainApi(error, client, 'usage', `reading Deployment ${name}`)
    }
  }
  const missing = `Deployment ${name} does not exist in namespace ${namespace}`
  try {
    const { items } = await client.call<{ items: Deployment[] }>('GET', deploymentPath(namespace))
    if (items.length > 0) {
      throw new TargetError('usage', `${missing}; there are: ${items.map(({ metadata }) => metadata.name).join(', ')}`)
    }
    await client.call('GET', `/api/v1/namespaces/${encodeURIComponent(namespace)}`)
  } catch (error) {
    if (error instanceof TargetError) throw error
    if (error instanceof ApiError && error.status === 404) {
      throw new TargetError('usage', `namespace ${namespace} does not exist`)
    }
    throw new TargetError('usage', missing)
  }
  throw new TargetError('usage', `${missing}; there is none at all`)
}

/** The ReplicaSets that the Deployment's selector selects: its revisions. */
export async function readReplicaSets(
  client: Client,
  namespace: string,
  { spec, metadata }: Deployment,
): Promise<readonly ReplicaSet[]> {
  const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/replicasets`
  try {
    const query = { labelSelector: asQuery(spec.selector) }
    const { items } = await client.call<{ items: ReplicaSet[] }>('GET', path, { query })
    return items
  } catch (error) {
    throw explainApi(error, client, 'usage', `reading the revisions of Deployment ${metadata.name}`)
  }
}

/**
 * A run starts from a Deployment at rest: one in the middle of another rollout would mix the two, and could not be put
 * back as it was.
 *
 * @throws {TargetError} usage
 */
export function assertAtRest({ metadata, spec, status = {} }: Deployment): void {
  const { name, namespace } = metadata
  const desired = spec.replicas ?? 1
  if (desired === 0) {
    throw new TargetError('usage', `Deployment ${name} has 0 replicas, so there is nothing to roll out`)
  }
  if (spec.paused === true) {
    throw new TargetError(
      'usage',
      `Deployment ${name} is paused: resume it with 'kubectl rollout resume -n ${namespace} deployment/${name}'`,
    )
  }
  const { observedGeneration = 0, updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = status
  if (
    observedGeneration >= (metadata.generation ?? 0) &&
    updatedReplicas === desired &&
    replicas === desired &&
    availableReplicas === desired
  ) {
    return
  }
  throw new TargetError(
    'usage',
    `Deployment ${name} is not fully rolled out (${desired} wanted, ${updatedReplicas} up to date, ${availableReplicas} available, ${replicas} in all): wait for 'kubectl rollout status -n ${namespace} deployment/${name}'`,
  )
}
