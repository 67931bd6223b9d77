/** A right: verbs on a resource, in the terms of RBAC. */
export interface Right {
  readonly group: string
  /** With the subresource if there is one: `pods/eviction`. */
  readonly resource: string
  readonly verbs: readonly string[]
  /** Whether the resource belongs to the cluster and not to a namespace. */
  readonly cluster?: true
}

/** The verbs for following objects without changing them. */
export const FOLLOW: readonly string[] = ['get', 'list', 'watch']

/** Returns the kubectl commands that grant the rights: one role per set of verbs, so that no role grants more than needed. */
export function howToGrant(namespace: string, rights: readonly Right[], user: string | undefined): string {
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

/** Names a resource with its API group, as RBAC does. */
export const fullName = (group: string, resource: string): string => (group === '' ? resource : `${resource}.${group}`)
