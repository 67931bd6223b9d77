import { UsageError } from '../../../base/errors.js'
import type { ScenarioName } from '../../../scenarios/scenario.js'
import { ApiError, type Client } from './client.js'
import type { Kind } from '../workload/kinds.js'
import { explainApi } from './explain.js'

/** A right: verbs on a resource, as RBAC writes them. */
export interface Right {
  readonly group: string
  /** With its part, where it is one: `pods/eviction`. */
  readonly resource: string
  readonly verbs: readonly string[]
  /** Of the whole cluster, not of a namespace. */
  readonly cluster?: true
}

/** Somebody has to be granted something. */
export class RightsError extends UsageError {
  override readonly name = 'RightsError'
}

const FOLLOW = ['get', 'list', 'watch']

/** What a scenario needs on a workload; with a twin, what making and removing it needs, too. */
export function rightsFor(kind: Kind, scenario: ScenarioName, { twin }: { readonly twin: boolean }): readonly Right[] {
  const group = 'apps'
  const stuck = kind.name === 'StatefulSet' ? [{ group: '', resource: 'pods', verbs: ['delete'] }] : []
  return [
    { group, resource: kind.resource, verbs: [...FOLLOW, 'patch'] },
    { group, resource: kind.history, verbs: FOLLOW },
    { group: '', resource: 'pods', verbs: FOLLOW },
    { group: 'discovery.k8s.io', resource: 'endpointslices', verbs: FOLLOW },
    ...(OF_SCENARIO[scenario]?.(kind) ?? stuck),
    ...(twin
      ? [
          { group, resource: kind.resource, verbs: ['create', 'delete'] },
          { group: '', resource: 'services', verbs: ['get', 'list', 'create', 'delete'] },
        ]
      : []),
  ]
}

const OF_SCENARIO: Partial<Record<ScenarioName, (kind: Kind) => readonly Right[]>> = {
  'delete-pod': () => [{ group: '', resource: 'pods', verbs: ['delete'] }],
  kill: () => [{ group: '', resource: 'pods', verbs: ['delete'] }],
  'drain-node': () => [
    { group: '', resource: 'pods/eviction', verbs: ['create'] },
    { group: '', resource: 'nodes', verbs: ['list', 'patch'], cluster: true },
  ],
  'liveness-restart': () => [
    { group: '', resource: 'pods', verbs: ['create', 'delete'] },
    { group: '', resource: 'events', verbs: ['list', 'watch'] },
  ],
  'unpullable-image': (kind) => brokenRights(kind),
  'crashing-image': (kind) => brokenRights(kind),
}

/** What the broken rollout leaves in the history is removed, and a StatefulSet's pod that cannot come up. */
const brokenRights = (kind: Kind): readonly Right[] => [
  { group: 'apps', resource: kind.history, verbs: ['patch', 'delete'] },
  ...(kind.name === 'StatefulSet' ? [{ group: '', resource: 'pods', verbs: ['delete'] }] : []),
]

/**
 * Asks the API beforehand whether everything that will be done may be done, so that nothing stops half-way.
 *
 * @throws {UsageError} names every missing right and how to grant it.
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

/** @returns undefined where the API does not say: then the deed itself will tell. */
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

/** A role for each set of verbs, so that none gives more than is needed: the first to look, the others to change. */
function howToGrant(namespace: string, rights: readonly Right[], user: string | undefined): string {
  const account = /^system:serviceaccount:(?<where>[^:]+):(?<name>.+)$/u.exec(user ?? '')?.groups
  const who =
    account === undefined ? `--user=${user ?? 'USER'}` : `--serviceaccount=${account['where']}:${account['name']}`
  const roles = new Map<string, { cluster: boolean; verbs: string; resources: Set<string> }>()
  for (const { group, resource, verbs: all, cluster = false } of rights) {
    for (const looks of [true, false]) {
      const verbs = all.filter((verb) => FOLLOW.includes(verb) === looks).join(',')
      if (verbs === '') continue
      const key = `${cluster} ${verbs}`
      const role = roles.get(key) ?? { cluster, verbs, resources: new Set() }
      role.resources.add(fullName(group, resource))
      roles.set(key, role)
    }
  }
  const counts = new Map<string, number>()
  const commands = [...roles.values()].flatMap(({ cluster, verbs, resources }) => {
    const purpose = `zero-drop-${FOLLOW.some((verb) => verbs.startsWith(verb)) ? 'view' : 'change'}`
    const count = (counts.get(purpose) ?? 0) + 1
    counts.set(purpose, count)
    const name = count === 1 ? purpose : `${purpose}-${count}`
    const [kubectl, role] = cluster ? ['kubectl', 'clusterrole'] : [`kubectl -n ${namespace}`, 'role']
    return [
      `${kubectl} create ${role} ${name} --verb=${verbs} --resource=${[...resources].join(',')}`,
      `${kubectl} create ${role}binding ${name} --${role}=${name} ${who}`,
    ]
  })
  return commands.join(' && ')
}

const fullName = (group: string, resource: string): string => (group === '' ? resource : `${resource}.${group}`)
