/** What the cases change in the manifest. Times in seconds, unless the name says ms. */
export interface Changes {
  readonly replicas?: number
  readonly strategy?: object
  readonly grace?: number
  readonly delay?: string
  readonly readinessProbe?: boolean
  readonly livenessProbe?: object
  readonly publishNotReadyAddresses?: boolean
}

const NAME = 'cloud-communal-service'
const labels = { app: NAME }
const probe = (path: string, details: object): object => ({ httpGet: { path, port: 'admin' }, ...details })

/**
 * Returns the manifest of the sample service, with times that keep a run short: its delay is longer than the propagation delay of the
 * runs, and its budget is below its grace period.
 */
export function manifest(changes: Changes = {}): string {
  const {
    replicas = 3,
    grace = 25,
    delay = '2000-3000-6000',
    readinessProbe = true,
    publishNotReadyAddresses,
  } = changes
  const { strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } } = changes
  const { livenessProbe = { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 } } = changes
  const container = {
    name: NAME,
    image: 'registry.example/cloud-communal:v1.0.0',
    ports: [
      { name: 'http', containerPort: 18_080 },
      { name: 'admin', containerPort: 18_081 },
    ],
    env: [
      { name: 'PORT', value: '18080' },
      { name: 'ADMIN_PORT', value: '18081' },
      { name: 'SHUTDOWN_DELAY_MS', value: delay },
      { name: 'SHUTDOWN_TIMEOUT_MS', value: '20000' },
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ],
    // A container without any probe on its start is ready when its process is.
    ...(readinessProbe
      ? {
          startupProbe: probe('/startupz', { periodSeconds: 1, failureThreshold: 60 }),
          readinessProbe: probe('/readyz', { periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 3 }),
        }
      : {}),
    livenessProbe: probe('/livez', readinessProbe ? livenessProbe : { initialDelaySeconds: 10, ...livenessProbe }),
  }
  const spread = {
    topologyKey: 'kubernetes.io/hostname',
    maxSkew: 1,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: labels },
  }
  const objects = [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: NAME, namespace: 'cloud' },
      spec: {
        replicas,
        minReadySeconds: 3,
        strategy,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { terminationGracePeriodSeconds: grace, topologySpreadConstraints: [spread], containers: [container] },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: NAME, namespace: 'cloud' },
      spec: {
        selector: labels,
        ...(publishNotReadyAddresses === undefined ? {} : { publishNotReadyAddresses }),
        ports: [{ name: 'http', port: 80, targetPort: 'http' }],
      },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: NAME, namespace: 'cloud' },
      spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
    },
  ]
  // JSON is YAML.
  return objects.map((object) => JSON.stringify(object, null, 2)).join('\n---\n')
}
