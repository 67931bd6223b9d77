/**
 * Kubernetes objects as the API gives them, reduced to what is read here. They are kept as they come, never through
 * typed classes: what is put back must have every field, those too that this program has never heard of.
 */
export interface Meta {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly generation?: number
  readonly resourceVersion?: string
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly { readonly uid: string; readonly kind: string; readonly name: string }[]
}

export interface KubernetesObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: Meta
}

export interface ContainerSpec {
  readonly name: string
  readonly readinessProbe?: object
  readonly image?: string
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly ports?: readonly { readonly hostPort?: number }[]
}

export interface PodSpec {
  readonly containers: readonly ContainerSpec[]
  readonly initContainers?: readonly ContainerSpec[]
  readonly hostNetwork?: boolean
  readonly terminationGracePeriodSeconds?: number
  readonly volumes?: readonly { readonly name: string }[]
}

export interface PodTemplate {
  readonly metadata?: Partial<Meta>
  readonly spec: PodSpec
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly {
    readonly key: string
    readonly operator: string
    readonly values?: readonly string[]
  }[]
}

export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

/** A Deployment, StatefulSet or DaemonSet: fields that only some of them have are optional. */
export interface Workload extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number
    readonly paused?: boolean
    readonly progressDeadlineSeconds?: number
    readonly selector: LabelSelector
    readonly template: PodTemplate
    readonly updateStrategy?: {
      readonly type?: string
      readonly rollingUpdate?: { readonly partition?: number }
    }
    readonly serviceName?: string
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[]
  }
  readonly status?: {
    readonly observedGeneration?: number
    readonly replicas?: number
    readonly updatedReplicas?: number
    readonly readyReplicas?: number
    readonly availableReplicas?: number
    /** The ControllerRevision that a StatefulSet rolls to. */
    readonly updateRevision?: string
    readonly desiredNumberScheduled?: number
    readonly currentNumberScheduled?: number
    readonly updatedNumberScheduled?: number
    readonly numberAvailable?: number
    readonly conditions?: readonly Condition[]
  }
}

/** Where a Deployment keeps its revisions. */
export interface ReplicaSet extends KubernetesObject {
  readonly spec: { readonly replicas?: number; readonly template: PodTemplate }
  readonly status?: { readonly replicas?: number }
}

/** Where StatefulSets and DaemonSets keep theirs. */
export interface ControllerRevision extends KubernetesObject {
  readonly revision: number
  readonly data?: { readonly spec?: { readonly template?: PodTemplate & { readonly $patch?: string } } }
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string }
  readonly running?: { readonly startedAt?: string }
  readonly terminated?: { readonly exitCode: number; readonly reason?: string; readonly message?: string }
}

export interface ContainerStatus {
  readonly name: string
  readonly image?: string
  readonly ready: boolean
  readonly restartCount: number
  readonly state?: ContainerState
  readonly lastState?: ContainerState
}

export interface Pod extends KubernetesObject {
  readonly spec: PodSpec & { readonly nodeName?: string }
  readonly status?: {
    readonly phase?: string
    readonly reason?: string
    readonly message?: string
    readonly conditions?: readonly Condition[]
    readonly containerStatuses?: readonly ContainerStatus[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
  }
}

export interface EndpointSlice extends KubernetesObject {
  readonly endpoints?:
    | readonly {
        readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean }
        readonly targetRef?: { readonly kind?: string; readonly name?: string }
      }[]
    | null
}

export interface ServicePort {
  readonly name?: string
  readonly port: number
  readonly targetPort?: number | string
  readonly nodePort?: number
  readonly protocol?: string
}

export interface Service extends KubernetesObject {
  readonly spec: {
    readonly type?: string
    readonly selector?: Readonly<Record<string, string>>
    readonly ports?: readonly ServicePort[]
  }
}

/** The label by which the Deployment controller tells the pods of one template from those of another. */
export const TEMPLATE_HASH = 'pod-template-hash'
/** The number of a revision, on Deployments and ReplicaSets. */
export const REVISION = 'deployment.kubernetes.io/revision'

/** A selector as the API takes it in a query. */
export function asQuery({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const equal = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`)
  const others = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key
    if (operator === 'DoesNotExist') return `!${key}`
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`
  })
  return [...equal, ...others].join(',')
}

/** The part of an image's name by which people know a version. */
export function versionOf(image: string | undefined): string {
  if (image === undefined) return 'unknown'
  const digest = image.split('@')[1]
  if (digest !== undefined) return digest.replace(/^sha256:/u, '').slice(0, 12)
  return /:(?<tag>[^:/]+)$/u.exec(image)?.groups?.['tag'] ?? 'latest'
}
