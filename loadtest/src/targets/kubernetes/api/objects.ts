/**
 * Kubernetes objects, with the fields that are read here. Objects stay as the API sends them, without typed classes, because a
 * restored object must keep the fields that this program does not know.
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
  /** Who has changed which fields, each with the time of the last change. */
  readonly managedFields?: readonly {
    readonly manager?: string
    readonly time?: string
    readonly subresource?: string
  }[]
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

/** A Deployment, StatefulSet, DaemonSet or Rollout. Fields that only some of them have are optional. */
export interface Workload extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number
    /** A Rollout can take its template from another workload. */
    readonly workloadRef?: { readonly kind?: string; readonly name?: string }
    /** When the pods of a Rollout are to be restarted. */
    readonly restartAt?: string
    /** How a Rollout rolls out. */
    readonly strategy?: {
      readonly blueGreen?: { readonly activeService?: string }
      readonly canary?: { readonly stableService?: string }
    }
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
    /** A Rollout has it as text. */
    readonly observedGeneration?: number | string
    readonly replicas?: number
    readonly updatedReplicas?: number
    readonly readyReplicas?: number
    readonly availableReplicas?: number
    /** The ControllerRevision that a StatefulSet rolls out. */
    readonly updateRevision?: string
    /** The hash of the pod template that a Rollout rolls out. */
    readonly currentPodHash?: string
    /** The hash of the last pod template that a Rollout has rolled out to its end. */
    readonly stableRS?: string
    readonly abort?: boolean
    readonly phase?: string
    readonly message?: string
    readonly currentStepIndex?: number
    readonly pauseConditions?: readonly object[]
    readonly restartedAt?: string
    readonly desiredNumberScheduled?: number
    readonly currentNumberScheduled?: number
    readonly updatedNumberScheduled?: number
    readonly numberAvailable?: number
    readonly conditions?: readonly Condition[]
  }
}

/** Returns the generation that the controller has seen; 0 if none. */
export const observedGeneration = ({ status }: Workload): number => Number(status?.observedGeneration ?? 0)

/** A revision of a Deployment or a Rollout. */
export interface ReplicaSet extends KubernetesObject {
  readonly spec: { readonly replicas?: number; readonly template: PodTemplate }
  readonly status?: { readonly replicas?: number }
}

/** A revision of a StatefulSet or a DaemonSet. */
export interface ControllerRevision extends KubernetesObject {
  readonly revision: number
  readonly data?: { readonly spec?: { readonly template?: PodTemplate & { readonly $patch?: string } } }
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string }
  readonly running?: { readonly startedAt?: string }
  readonly terminated?: {
    readonly exitCode: number
    readonly reason?: string
    readonly message?: string
    readonly finishedAt?: string
  }
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
  readonly appProtocol?: string
}

export interface Service extends KubernetesObject {
  readonly spec: {
    readonly type?: string
    readonly selector?: Readonly<Record<string, string>>
    readonly ports?: readonly ServicePort[]
  }
}

/** The label that the Deployment controller sets to a hash of the pod template. */
export const TEMPLATE_HASH = 'pod-template-hash'
/** The same label, by the controller of Argo Rollouts. */
export const ROLLOUT_HASH = 'rollouts-pod-template-hash'
/** The annotation of Deployments and ReplicaSets with the number of the revision. */
export const REVISION = 'deployment.kubernetes.io/revision'

/** Returns a selector in the form of the query parameter `labelSelector`. */
export function asQuery({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const equal = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`)
  const others = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key
    if (operator === 'DoesNotExist') return `!${key}`
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`
  })
  return [...equal, ...others].join(',')
}

/** Returns the version that an image name shows: its tag, or the start of its digest. */
export function versionOf(image: string | undefined): string {
  if (image === undefined) return 'unknown'
  const digest = image.split('@')[1]
  if (digest !== undefined) return digest.replace(/^sha256:/u, '').slice(0, 12)
  return /:(?<tag>[^:/]+)$/u.exec(image)?.groups?.['tag'] ?? 'latest'
}
