import { UsageError } from '../../../base/errors.js'
import { ApiError } from './api-error.js'
import type { Client } from './client.js'
import { explainApi } from './explain.js'
import { fullName, howToGrant, type Right } from './grant.js'

/** The user of the kubeconfig lacks a right. */
export class RightsError extends UsageError {
  override readonly name = 'RightsError'
}

/**
 * Asks the API for every right that the run needs, so that the run does not stop half-way.
 *
 * @throws {RightsError} names every missing right and the commands that grant it.
 */
export async function assertRights(client: Client, namespace: string, rights: readonly Right[]): Promise<void> {
  const asked = rights.flatMap(({ verbs, ...right }) => verbs.map((verb) => ({ ...right, verb })))
  const doing = `asking for rights in namespace ${namespace}`
  const [answers, user] = await Promise.all([
    Promise.all(asked.map((right) => isAllowed(client, namespace, right))),
    whoAmI(client),
  ]).catch((error: unknown) => {
    throw explainApi(error, client, 'usage', doing)
  })
  const missing = asked.filter((_, index) => answers[index] === false)
  if (missing.length === 0) return
  const byResource = new Map<string, string[]>()
  for (const { group, resource, verb } of missing) {
    const name = fullName(group, resource)
    byResource.set(name, [...(byResource.get(name) ?? []), verb])
  }
  const names = [...byResource].map(([name, verbs]) => `${verbs.join('/')} ${name}`).join(', ')
  throw new RightsError(
    `${user ?? 'the user of this kubeconfig'} may not ${names} in namespace ${namespace}; an administrator grants it with: ${howToGrant(namespace, rights, user)}`,
  )
}

/** Asks the API for one right. Returns undefined if the API does not answer that question. */
export async function isAllowed(
  client: Client,
  namespace: string,
  { group, resource: whole, verb, cluster }: Omit<Right, 'verbs'> & { readonly verb: string },
): Promise<boolean | undefined> {
  const [resource, subresource] = whole.split('/')
  try {
    const review = await client.call<{ status?: { allowed?: boolean } }>(
      'POST',
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      {
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes: { ...(cluster ? {} : { namespace }), group, resource, subresource, verb } },
        },
      },
    )
    return review.status?.allowed
  } catch (error) {
    if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return undefined
    throw error
  }
}

async function whoAmI(client: Client): Promise<string | undefined> {
  try {
    const review = await client.call<{ status?: { userInfo?: { username?: string } } }>(
      'POST',
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      { body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' } },
    )
    return review.status?.userInfo?.username
  } catch (error) {
    if (error instanceof ApiError) return undefined
    throw error
  }
}
