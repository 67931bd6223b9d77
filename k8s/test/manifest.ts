/** The fields of a Kubernetes object that the tests read. */
export interface Manifest {
  apiVersion: string
  kind: string
  metadata: {
    name: string
    namespace?: string
    labels?: Record<string, string>
    annotations?: Record<string, string>
  }
  [field: string]: unknown
}

export interface Container {
  name: string
  image: string
  imagePullPolicy: string
  ports: { name: string; containerPort: number; hostPort?: number }[]
  env: { name: string; value?: string; valueFrom?: unknown }[]
  resources: { requests: Record<string, string>; limits: Record<string, string> }
  securityContext: Record<string, unknown>
  lifecycle?: unknown
  [probe: `${string}Probe`]: { httpGet: { path: string; port: string } }
}

export interface Deployment extends Manifest {
  spec: {
    replicas?: number
    minReadySeconds: number
    progressDeadlineSeconds: number
    revisionHistoryLimit: number
    selector: { matchLabels: Record<string, string> }
    strategy: { type: string; rollingUpdate: { maxSurge: number | string; maxUnavailable: number | string } }
    template: {
      metadata: { labels: Record<string, string> }
      spec: {
        terminationGracePeriodSeconds: number
        hostNetwork?: boolean
        dnsPolicy?: string
        serviceAccountName?: string
        automountServiceAccountToken?: boolean
        securityContext: Record<string, unknown>
        containers: [Container, ...Container[]]
        topologySpreadConstraints: {
          topologyKey: string
          whenUnsatisfiable: string
          labelSelector: { matchLabels: Record<string, string> }
        }[]
      }
    }
  }
}

export interface Service extends Manifest {
  spec: { type: string; selector: Record<string, string>; ports: Record<string, unknown>[] }
}

export interface Budget extends Manifest {
  spec: {
    maxUnavailable: number
    unhealthyPodEvictionPolicy: string
    selector: { matchLabels: Record<string, string> }
  }
}

export interface Autoscaler extends Manifest {
  spec: {
    scaleTargetRef: { apiVersion: string; kind: string; name: string }
    minReplicas: number
    maxReplicas: number
    metrics: { type: string; resource: { name: string; target: { type: string } } }[]
    behavior: { scaleDown: { policies: { type: string; value: number; periodSeconds: number }[] } }
  }
}

export interface NetworkPolicy extends Manifest {
  spec: {
    podSelector: { matchLabels?: Record<string, string>; matchExpressions?: { key: string; operator: string }[] }
    policyTypes: string[]
    ingress: { from?: unknown[]; ports: { port: string | number }[] }[]
    egress?: { ports: { port: string | number }[] }[]
  }
}

export interface ServiceAccount extends Manifest {
  automountServiceAccountToken?: boolean
}

export interface ResourceQuota extends Manifest {
  spec: { hard: Record<string, string> }
}

export interface LimitRange extends Manifest {
  spec: { limits: { type: string; [setting: string]: unknown }[] }
}

export interface PodMonitor extends Manifest {
  spec: {
    selector: { matchLabels: Record<string, string> }
    podMetricsEndpoints: { port: string; path: string }[]
  }
}

export interface ConfigMap extends Manifest {
  data: Record<string, string>
}

/** Every kind in the manifests. */
export interface Kinds {
  Namespace: Manifest
  ServiceAccount: ServiceAccount
  ResourceQuota: ResourceQuota
  LimitRange: LimitRange
  Deployment: Deployment
  Service: Service
  PodDisruptionBudget: Budget
  HorizontalPodAutoscaler: Autoscaler
  NetworkPolicy: NetworkPolicy
  PodMonitor: PodMonitor
  ConfigMap: ConfigMap
}
