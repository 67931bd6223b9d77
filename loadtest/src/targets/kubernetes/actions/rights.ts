import { FOLLOW, type Right } from '../api/grant.js'
import type { Kind } from '../workload/kinds.js'
import type { Operation } from './operation.js'

/** Deletes pods. */
export const DELETE_PODS: Right = { group: '', resource: 'pods', verbs: ['delete'] }

/** Lists the rights that a run needs to follow a workload. Without `pods/log` it can follow all but the logs, and says so. */
export const watchRights = (kind: Kind): readonly Right[] => [
  { group: kind.group, resource: kind.resource, verbs: FOLLOW },
  { group: 'apps', resource: kind.history, verbs: FOLLOW },
  { group: '', resource: 'pods', verbs: FOLLOW },
  { group: 'discovery.k8s.io', resource: 'endpointslices', verbs: FOLLOW },
]

/** Lists the rights that a run needs on a workload, including those for a twin if there is one. */
export function rightsFor(kind: Kind, operation: Operation, { twin }: { readonly twin: boolean }): readonly Right[] {
  const group = 'apps'
  return [
    ...watchRights(kind),
    ...operation.rights(kind),
    ...(twin
      ? [
          { group, resource: kind.resource, verbs: ['create', 'delete'] },
          { group: '', resource: 'services', verbs: ['get', 'list', 'create', 'delete'] },
        ]
      : []),
  ]
}

/**
 * The rights to change a workload and to restore it. A StatefulSet waits for a pod that cannot start, so restoring one may have to
 * delete that pod.
 */
export const rollRights = (kind: Kind): readonly Right[] => [
  { group: 'apps', resource: kind.resource, verbs: ['patch'] },
  ...(kind.name === 'StatefulSet' ? [DELETE_PODS] : []),
]

/** A failed rollout leaves revisions in the history, which restoring removes. */
export const failingRollRights = (kind: Kind): readonly Right[] => [
  { group: 'apps', resource: kind.history, verbs: ['patch', 'delete'] },
  ...rollRights(kind),
]

export const DRAIN_RIGHTS: readonly Right[] = [
  { group: '', resource: 'pods/eviction', verbs: ['create'] },
  { group: '', resource: 'nodes', verbs: ['list', 'patch'], cluster: true },
]

export const LIVENESS_RIGHTS: readonly Right[] = [
  { group: '', resource: 'pods', verbs: ['create', 'delete'] },
  { group: '', resource: 'events', verbs: ['list', 'watch'] },
]
