import type { Revision } from './revision.js'
import { REVISION, ROLLOUT_HASH, TEMPLATE_HASH, type Workload } from '../api/objects.js'

/** The numbers of pods in a workload's status, with the same names for all kinds. */
export interface Counts {
  /** The number of pods that the workload wants. */
  readonly desired: number
  /** Pods of the present template. */
  readonly updated: number
  /** Pods of any template that are not terminating. */
  readonly total: number
  readonly available: number
}

/** A kind of workload, with the differences between the kinds. */
export interface Kind {
  readonly name: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Rollout'
  readonly group: 'apps' | 'argoproj.io'
  readonly version: 'v1' | 'v1alpha1'
  /** The resource name in paths and rights. */
  readonly resource: string
  /** The name that kubectl takes before a slash. */
  readonly word: string
  /** The label that the controller sets to a hash of the pod template. */
  readonly hashLabel: string
  readonly history: 'replicasets' | 'controllerrevisions'
  /** The annotation of a ReplicaSet with the number of its revision. */
  readonly revision: string
  counts(workload: Workload): Counts
  /** Returns the value of `hashLabel` on pods of the present template; undefined until the controller has set it. */
  presentHash(workload: Workload, revisions: readonly Revision[]): string | undefined
}

const CONTROLLER_HASH = 'controller-revision-hash'

function replicaCounts({ spec, status = {} }: Workload): Counts {
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = status
  return { desired: spec.replicas ?? 1, updated: updatedReplicas, total: replicas, available: availableReplicas }
}

const APPS = { group: 'apps', version: 'v1', revision: REVISION } as const

export const DEPLOYMENT: Kind = {
  name: 'Deployment',
  ...APPS,
  resource: 'deployments',
  word: 'deployment',
  hashLabel: TEMPLATE_HASH,
  history: 'replicasets',
  counts: replicaCounts,
  // The Deployment controller uses the oldest ReplicaSet with the present template.
  presentHash: (workload, revisions) =>
    revisions
      .filter((revision) => revision.makes(workload.spec.template))
      .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))[0]?.hash,
}

const STATEFUL_SET: Kind = {
  name: 'StatefulSet',
  ...APPS,
  resource: 'statefulsets',
  word: 'statefulset',
  hashLabel: CONTROLLER_HASH,
  history: 'controllerrevisions',
  counts: replicaCounts,
  presentHash: ({ status }) => status?.updateRevision,
}

const DAEMON_SET: Kind = {
  name: 'DaemonSet',
  ...APPS,
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
  // The status of the DaemonSet can be seen before its new ControllerRevision: then the newest one is that of the old template.
  presentHash: (workload, revisions) =>
    revisions.filter((revision) => revision.makes(workload.spec.template)).toSorted((a, b) => b.number - a.number)[0]
      ?.hash,
}

/**
 * A Rollout of Argo Rollouts. Its controller owns ReplicaSets, as that of a Deployment does. `zero-drop` watches one and never changes it.
 *
 * Source: `RolloutStatus` in argo-rollouts `pkg/apis/rollouts/v1alpha1/types.go`.
 */
const ARGO_ROLLOUT: Kind = {
  name: 'Rollout',
  group: 'argoproj.io',
  version: 'v1alpha1',
  resource: 'rollouts',
  word: 'rollout',
  hashLabel: ROLLOUT_HASH,
  history: 'replicasets',
  revision: 'rollout.argoproj.io/revision',
  counts: replicaCounts,
  presentHash: ({ status }) => status?.currentPodHash,
}

const KINDS: readonly Kind[] = [DEPLOYMENT, STATEFUL_SET, DAEMON_SET, ARGO_ROLLOUT]

/** The kind and the name of a workload. */
export interface WorkloadName {
  readonly kind: Kind
  readonly name: string
}

/**
 * Reads `KIND/NAME` as kubectl does: `deployment/shop`, `sts/shop`, `daemonsets/shop`.
 *
 * @returns undefined if the text has another form.
 */
export function readWorkloadName(text: string): WorkloadName | undefined {
  const [word = '', name = '', ...rest] = text.split('/')
  const kind = KINDS.find((each) => [each.word, each.resource, SHORT[each.name]].includes(word.toLowerCase()))
  return kind === undefined || name === '' || rest.length > 0 ? undefined : { kind, name }
}

const SHORT = { Deployment: 'deploy', StatefulSet: 'sts', DaemonSet: 'ds', Rollout: 'ro' } as const
