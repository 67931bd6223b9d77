import { FOLLOW, type Right } from '../../targets/kubernetes/api/grant.js'

/** The rights that a run needs for its workers. The workers themselves need none. */
export const WORKER_RIGHTS: readonly Right[] = [
  { group: 'batch', resource: 'jobs', verbs: ['get', 'create', 'delete'] },
  { group: '', resource: 'secrets', verbs: ['create', 'delete'] },
  { group: '', resource: 'services', verbs: ['get'] },
  { group: '', resource: 'pods', verbs: FOLLOW },
  // From Kubernetes 1.35 on, the API asks for `create` also where the request is a GET.
  { group: '', resource: 'pods/portforward', verbs: ['get', 'create'] },
]
