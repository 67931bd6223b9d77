/** Fields of a Kubernetes object. */
type Fields = Readonly<Record<string, unknown>>

/**
 * Changes of the manifest: fields that are merged into a part of it, as by a JSON merge patch. null removes a field. A list replaces the
 * former one, except lists of containers, volumes and objects, which are appended.
 */
export interface Changes {
  /** The `spec` of the Deployment. */
  readonly workload?: Fields
  /** The `spec` of its pods. */
  readonly pod?: Fields
  /** The container of the service. */
  readonly container?: Fields
  /** Variables of the service. */
  readonly env?: Readonly<Record<string, string | null>>
  /** The `spec` of the Service. */
  readonly service?: Fields
  /** The `spec` of the PodDisruptionBudget. null: there is no budget. */
  readonly budget?: Fields | null
  /** More objects. Their namespace is filled in. */
  readonly beside?: readonly { readonly metadata: Fields; readonly [field: string]: unknown }[]
}

/** Where the manifest is rolled out. */
export interface Place {
  readonly namespace: string
  readonly image: string
  readonly replicas: number
  /** Whether the Service has a port on each node. Kubernetes chooses the number. */
  readonly nodePort?: boolean
  /** The pods run on these nodes alone. */
  readonly nodes?: readonly string[]
}

export const NAME = 'cloud-communal-service'
const LABELS = { app: NAME }
export const LOCAL: Place = { namespace: 'cloud', image: 'registry.example/cloud-communal:v1.0.0', replicas: 3 }

const probe = (path: string, details: object): object => ({ httpGet: { path, port: 'admin' }, ...details })

/** The times keep a run short: the delay is longer than the propagation delay of the runs, and the budget is below the grace period. */
const BASE = {
  workload: {
    minReadySeconds: 3,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    selector: { matchLabels: LABELS },
  },
  pod: {
    terminationGracePeriodSeconds: 25,
    topologySpreadConstraints: [
      {
        topologyKey: 'kubernetes.io/hostname',
        maxSkew: 1,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: LABELS },
      },
    ],
  },
  container: {
    name: NAME,
    ports: [
      { name: 'http', containerPort: 18_080 },
      { name: 'admin', containerPort: 18_081 },
    ],
    startupProbe: probe('/startupz', { periodSeconds: 1, failureThreshold: 60 }),
    readinessProbe: probe('/readyz', { periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 3 }),
    // A pod without requests would wait for the CPU on a busy node.
    resources: { requests: { cpu: '100m', memory: '96Mi' } },
    livenessProbe: probe('/livez', { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 }),
  },
  env: { PORT: '18080', ADMIN_PORT: '18081', SHUTDOWN_DELAY_MS: '2000-3000-6000', SHUTDOWN_TIMEOUT_MS: '20000' },
  service: { selector: LABELS, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  budget: { maxUnavailable: 1, selector: { matchLabels: LABELS } },
  beside: [],
} satisfies Changes

/** Returns the manifest of the sample service with these changes, the first ones first. */
export function manifest(place: Place, ...changes: readonly Changes[]): string {
  const { namespace, image, replicas, nodePort, nodes } = place
  const first: Changes = { workload: { replicas } }
  const parts = [first, ...changes, on(nodes)].reduce<Changes>((all, each) => merge(all, each) as Changes, BASE)
  const env = [
    ...Object.entries(parts.env ?? {}).map(([name, value]) => ({ name, value })),
    { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
  ]
  const container = { ...parts.container, image, env }
  const pod = { ...parts.pod, containers: [container, ...((parts.pod?.['containers'] as object[] | undefined) ?? [])] }
  const metadata = { name: NAME, namespace }
  const objects: Fields[] = [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { ...parts.workload, template: { metadata: { labels: LABELS }, spec: pod } },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { ...parts.service, ...(nodePort === true ? { type: 'NodePort' } : {}) },
    },
    ...(parts.budget == null
      ? []
      : [{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec: parts.budget }]),
    ...(parts.beside ?? []).map((object) => ({ ...object, metadata: { ...object.metadata, namespace } })),
  ]
  // JSON is YAML.
  return objects.map((object) => JSON.stringify(object, null, 2)).join('\n---\n')
}

function on(nodes: readonly string[] | undefined): Changes {
  if (nodes === undefined) return {}
  const here = { key: 'kubernetes.io/hostname', operator: 'In', values: nodes }
  const nodeSelectorTerms = [{ matchExpressions: [here] }]
  return {
    pod: { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } } },
  }
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const APPENDED = new Set(['containers', 'initContainers', 'volumes', 'volumeMounts', 'beside'])

function merge(value: unknown, change: unknown): unknown {
  if (!isFields(change)) return change
  const merged: Record<string, unknown> = isFields(value) ? { ...value } : {}
  for (const [key, field] of Object.entries(change)) {
    if (field === null) delete merged[key]
    else if (APPENDED.has(key))
      merged[key] = [...((merged[key] as unknown[] | undefined) ?? []), ...(field as unknown[])]
    else merged[key] = merge(merged[key], field)
  }
  return merged
}
