import { TargetError } from '../target.js'
import { ApiError, type Client } from './client.js'
import { explainApi } from './sentences.js'

/** A right: verbs on a resource, as RBAC writes them. */
export interface Right {
  readonly group: string
  readonly resource: string
  readonly verbs: readonly string[]
}

const FOLLOW = ['get', 'list', 'watch']

/** What a rollout of a Deployment needs. */
export const ROLLOUT_RIGHTS: readonly Right[] = [
  { group: 'apps', resource: 'deployments', verbs: [...FOLLOW, 'patch'] },
  { group: 'apps', resource: 'replicasets', verbs: FOLLOW },
  { group: '', resource: 'pods', verbs: FOLLOW },
  { group: 'discovery.k8s.io', resource: 'endpointslices', verbs: FOLLOW },
]

/** What the twin needs beside them. */
export const TWIN_RIGHTS: readonly Right[] = [
  { group: 'apps', resource: 'deployments', verbs: ['create', 'delete'] },
  { group: '', resource: 'services', verbs: ['get', 'list', 'create', 'delete'] },
]

/**
 * Asks the API beforehand whether everything that will be done may be done, so that nothing stops half-way.
 *
 * @throws {TargetError} usage: names every missing right and how to grant it.
 */
export async function assertRights(client: Client, namespace: string, rights: readonly Right[]): Promise<void> {
  const asked = rights.flatMap(({ group, resource, verbs }) => verbs.map((verb) => ({ group, resource, verb })))
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
  throw new TargetError(
    'usage',
    `${user ?? 'the user of this kubeconfig'} may not ${names} in namespace ${namespace}; an administrator grants it with: ${howToGrant(namespace, rights, user)}`,
  )
}

/** @returns undefined where the API does not say: then the deed itself will tell. */
export async function isAllowed(
  client: Client,
  namespace: string,
  right: { group: string; resource: string; subresource?: string; verb: string },
): Promise<boolean | undefined> {
  try {
    const review = await client.call<{ status?: { allowed?: boolean } }>(
      'POST',
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      {
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes: { namespace, ...right } },
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

/** Two roles, one to look and one to change, so that neither gives more than is needed. */
function howToGrant(namespace: string, rights: readonly Right[], user: string | undefined): string {
  const account = /^system:serviceaccount:(?<where>[^:]+):(?<name>.+)$/u.exec(user ?? '')?.groups
  const who =
    account === undefined ? `--user=${user ?? 'USER'}` : `--serviceaccount=${account['where']}:${account['name']}`
  const commands = (['view', 'change'] as const).flatMap((purpose) => {
    const wanted = rights
      .map((right) => ({
        ...right,
        verbs: right.verbs.filter((verb) => FOLLOW.includes(verb) === (purpose === 'view')),
      }))
      .filter(({ verbs }) => verbs.length > 0)
    const verbs = [...new Set(wanted.flatMap((right) => right.verbs))].join(',')
    const resources = [...new Set(wanted.map(({ group, resource }) => fullName(group, resource)))].join(',')
    const role = `zero-drop-${purpose}`
    return [
      `kubectl -n ${namespace} create role ${role} --verb=${verbs} --resource=${resources}`,
      `kubectl -n ${namespace} create rolebinding ${role} --role=${role} ${who}`,
    ]
  })
  return commands.join(' && ')
}

const fullName = (group: string, resource: string): string => (group === '' ? resource : `${resource}.${group}`)
