import type { Revision } from './revision.js'
import { TEMPLATE_HASH, type Workload } from '../api/objects.js'

/** What the controllers count, in the same words for all kinds. */
export interface Counts {
  /** Pods that there are to be. */
  readonly desired: number
  /** Of the present template. */
  readonly updated: number
  /** Of any template, terminating ones left out. */
  readonly total: number
  readonly available: number
}

/** What differs between the kinds of workload. */
export interface Kind {
  readonly name: 'Deployment' | 'StatefulSet' | 'DaemonSet'
  /** In paths and rights. */
  readonly resource: string
  /** As kubectl takes it before a slash. */
  readonly word: string
  /** The label by which its controller tells the pods of one template from those of another. */
  readonly hashLabel: string
  readonly history: 'replicasets' | 'controllerrevisions'
  counts(workload: Workload): Counts
  /** The value of `hashLabel` on pods of the present template; undefined until the controller has made it. */
  presentHash(workload: Workload, revisions: readonly Revision[]): string | undefined
}

const CONTROLLER_HASH = 'controller-revision-hash'

function replicaCounts({ spec, status = {} }: Workload): Counts {
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = status
  return { desired: spec.replicas ?? 1, updated: updatedReplicas, total: replicas, available: availableReplicas }
}

export const DEPLOYMENT: Kind = {
  name: 'Deployment',
  resource: 'deployments',
  word: 'deployment',
  hashLabel: TEMPLATE_HASH,
  history: 'replicasets',
  counts: replicaCounts,
  // Of several ReplicaSets with the present template the oldest counts, as for the Deployment controller.
  presentHash: (workload, revisions) =>
    revisions
      .filter((revision) => revision.makes(workload.spec.template))
      .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))[0]?.hash,
}

const STATEFUL_SET: Kind = {
  name: 'StatefulSet',
  resource: 'statefulsets',
  word: 'statefulset',
  hashLabel: CONTROLLER_HASH,
  history: 'controllerrevisions',
  counts: replicaCounts,
  presentHash: ({ status }) => status?.updateRevision,
}

const DAEMON_SET: Kind = {
  name: 'DaemonSet',
  resource: 'daemonsets',
  word: 'daemonset',
  hashLabel: CONTROLLER_HASH,
  history: 'controllerrevisions',
  counts: ({ status = {} }) => ({
    desired: status.desiredNumberScheduled ?? 0,
    updated: status.updatedNumberScheduled ?? 0,
    total: status.currentNumberScheduled ?? 0,
    available: status.numberAvailable ?? 0,
  }),
  presentHash: (_, revisions) => revisions.toSorted((a, b) => b.number - a.number)[0]?.hash,
}

const KINDS: readonly Kind[] = [DEPLOYMENT, STATEFUL_SET, DAEMON_SET]

/** A workload by its kind and name. */
export interface WorkloadName {
  readonly kind: Kind
  readonly name: string
}

/**
 * Reads `KIND/NAME` as kubectl takes it: `deployment/shop`, `sts/shop`, `daemonsets/shop`.
 *
 * @returns undefined where it is none.
 */
export function readWorkloadName(text: string): WorkloadName | undefined {
  const [word = '', name = '', ...rest] = text.split('/')
  const kind = KINDS.find((each) => [each.word, each.resource, SHORT[each.name]].includes(word.toLowerCase()))
  return kind === undefined || name === '' || rest.length > 0 ? undefined : { kind, name }
}

const SHORT = { Deployment: 'deploy', StatefulSet: 'sts', DaemonSet: 'ds' } as const
