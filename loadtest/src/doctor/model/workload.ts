import { readContainer, type Container, type ReadEnv } from './container.js'
import type { KubeObject } from './kube-object.js'
import { hasAll } from './selector.js'
import { amount, fields, labels, list, podCount, podsOf, text, whole, type Fields, type Path } from './values.js'

const WORKLOAD_KINDS = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Rollout',
  'DeploymentConfig',
  'ReplicaSet',
  'ReplicationController',
  'Pod',
  'Job',
  'CronJob',
] as const
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number]

/** An object that creates pods. Times are in seconds. */
export interface Workload {
  readonly object: KubeObject
  readonly kind: WorkloadKind
  /** The path of the pod template. */
  readonly templatePath: Path
  /** The path of the pod spec. */
  readonly podPath: Path
  readonly pod: Fields
  readonly labels: Readonly<Record<string, string>>
  /** The labels that pods have at some time: a Rollout adds some to its canaries and previews. */
  readonly labelSets: readonly Readonly<Record<string, string>>[]
  readonly containers: readonly Container[]
  readonly initContainers: readonly Container[]
  /** Init containers that run as long as the pod. */
  readonly sidecars: readonly Container[]
  /** The containers and the sidecars. */
  readonly running: readonly Container[]
  readonly replicas: number | undefined
  readonly minReady: number
  /** `terminationGracePeriodSeconds`, with its default. */
  readonly grace: number
}

/** Reads a workload. Returns undefined for every other object. */
export function readWorkload(object: KubeObject, readEnv: ReadEnv): Workload | undefined {
  const kind = WORKLOAD_KINDS.find((each) => each === object.kind)
  if (kind === undefined || (kind === 'Rollout' && !object.apiVersion.startsWith('argoproj.io'))) return undefined
  const templatePath: Path =
    kind === 'Pod' ? [] : kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec', 'template'] : ['spec', 'template']
  const podPath = [...templatePath, 'spec']
  const pod = fields(object.get(...podPath))
  const read = (key: string): Container[] =>
    list(pod[key]).map((body, index) => readContainer(body, [...podPath, key, index], readEnv))
  const containers = read('containers')
  const initContainers = read('initContainers')
  const sidecars = initContainers.filter(({ body }) => body['restartPolicy'] === 'Always')
  return {
    object,
    kind,
    templatePath,
    podPath,
    pod,
    labels: podLabels(object, templatePath),
    labelSets: labelSets(object, templatePath),
    containers,
    initContainers,
    sidecars,
    running: [...containers, ...sidecars],
    replicas: podCount(object.get('spec', 'replicas')),
    minReady: whole(object.get('spec', 'minReadySeconds')) ?? 0,
    grace: whole(pod['terminationGracePeriodSeconds']) ?? 30,
  }
}

/** The labels that a controller adds to its pods, with values that the manifest does not have. */
const GENERATED: Readonly<Partial<Record<WorkloadKind, readonly string[]>>> = {
  Deployment: ['pod-template-hash'],
  ReplicaSet: ['pod-template-hash'],
  Rollout: ['rollouts-pod-template-hash'],
  DaemonSet: ['controller-revision-hash', 'pod-template-generation'],
  StatefulSet: ['controller-revision-hash', 'statefulset.kubernetes.io/pod-name', 'apps.kubernetes.io/pod-index'],
  Job: ['job-name', 'batch.kubernetes.io/job-name', 'controller-uid', 'batch.kubernetes.io/controller-uid'],
}

const ALL_GENERATED: ReadonlySet<string> = new Set(Object.values(GENERATED).flat())

/** Returns whether some controller adds a label to its pods. */
export const isGenerated = (label: string): boolean => ALL_GENERATED.has(label)

/** Returns whether the pods of a workload have all labels of a selector, those of the controller included. */
export function hasLabels(selector: Readonly<Record<string, string>>, workload: Workload): boolean {
  const own = Object.entries(selector).filter(([key]) => !(GENERATED[workload.kind] ?? []).includes(key))
  if (own.length === 0) return Object.keys(selector).length > 0
  return workload.labelSets.some((each) => hasAll(Object.fromEntries(own), each))
}

/** The labels of the pods. A template without labels counts as one with those of the selector. */
function podLabels(object: KubeObject, templatePath: Path): Readonly<Record<string, string>> {
  const given = labels(object.get(...templatePath, 'metadata', 'labels'))
  return Object.keys(given).length > 0 ? given : labels(object.get('spec', 'selector', 'matchLabels'))
}

const EPHEMERAL = [
  ['canary', 'canaryMetadata'],
  ['canary', 'stableMetadata'],
  ['blueGreen', 'previewMetadata'],
  ['blueGreen', 'activeMetadata'],
]

function labelSets(object: KubeObject, templatePath: Path): readonly Readonly<Record<string, string>>[] {
  const own = podLabels(object, templatePath)
  if (object.kind !== 'Rollout') return [own]
  const added = EPHEMERAL.map((path) => labels(object.get('spec', 'strategy', ...path, 'labels')))
  return [own, ...added.map((each) => ({ ...own, ...each })), ...experimentLabels(object)]
}

/** The labels of the pods that the experiments of a canary add, which are not those of the Rollout. */
const experimentLabels = (object: KubeObject): readonly Readonly<Record<string, string>>[] =>
  list(object.get('spec', 'strategy', 'canary', 'steps'))
    .flatMap((step) => list(fields(fields(step)['experiment'])['templates']))
    .map((template) => labels(fields(fields(template)['metadata'])['labels']))

/** How a rollout replaces the pods of a workload. */
export interface Replacement {
  readonly type: 'rolling' | 'recreate' | 'on-delete' | 'other'
  /** The path of the field with `maxSurge` and `maxUnavailable`. */
  readonly path: Path
  readonly typePath: Path
  readonly maxSurge: number
  readonly maxUnavailable: number
}

/** Returns how a rollout replaces `replicas` pods, or undefined for a kind without rollouts. */
export function replacementOf({ object, kind }: Workload, replicas: number): Replacement | undefined {
  if (kind === 'Deployment') return rolling(object, ['spec', 'strategy'], 'rollingUpdate', replicas, ['25%', '25%'])
  if (kind === 'DeploymentConfig')
    return rolling(object, ['spec', 'strategy'], 'rollingParams', replicas, ['25%', '25%'])
  // Only these two round maxUnavailable up.
  if (kind === 'DaemonSet' || kind === 'StatefulSet')
    return rolling(object, ['spec', 'updateStrategy'], 'rollingUpdate', replicas, [0, 1], Math.ceil)
  if (kind === 'Rollout' && object.has(['spec', 'strategy', 'canary'])) {
    return rolling(object, ['spec', 'strategy'], 'canary', replicas, ['25%', '25%'])
  }
  return undefined
}

function rolling(
  object: KubeObject,
  path: Path,
  key: string,
  replicas: number,
  [surge, unavailable]: readonly [number | string, number | string],
  round: (value: number) => number = Math.floor,
): Replacement {
  const given = text(object.get(...path, 'type'))
  const details = fields(object.get(...path, key))
  const maxSurge = podsOf(amount(details['maxSurge']) ?? surge, replicas, Math.ceil)
  const rounded = podsOf(amount(details['maxUnavailable']) ?? unavailable, replicas, round)
  return {
    type: typeOf(given),
    path: [...path, key],
    typePath: [...path, 'type'],
    maxSurge,
    // ResolveFenceposts, kubernetes pkg/controller/deployment/util/deployment_util.go: never both 0.
    maxUnavailable: Math.min(maxSurge === 0 && rounded === 0 ? 1 : rounded, replicas),
  }
}

function typeOf(given: string | undefined): Replacement['type'] {
  if (given === undefined || given === 'RollingUpdate' || given === 'Rolling') return 'rolling'
  if (given === 'Recreate') return 'recreate'
  return given === 'OnDelete' ? 'on-delete' : 'other'
}
