import { describe, expect, it } from 'vitest'
import { shipped } from './shipped.ts'

const LABELS = { app: 'cloud-communal-service' }

describe.each(shipped)('$folder: labels and selectors', ({ deployment, pod, manifests, find }) => {
  it('select the same pods in every object', () => {
    expect(deployment.spec.template.metadata.labels).toEqual(LABELS)
    expect(deployment.spec.selector.matchLabels).toEqual(LABELS)
    expect(find('Service')?.spec.selector).toEqual(LABELS)
    expect(find('PodDisruptionBudget')?.spec.selector.matchLabels).toEqual(LABELS)
    for (const { labelSelector } of pod.topologySpreadConstraints) expect(labelSelector.matchLabels).toEqual(LABELS)
    const unlabelled = manifests.filter(({ metadata }) => metadata.labels?.['app'] !== LABELS.app)
    expect(unlabelled.map(({ kind }) => kind)).toEqual(['Namespace'])
  })
})

describe.each(shipped)('$folder: the Service', ({ pod, config, find }) => {
  it("is the tutorial's: 30080 on every node, 18080 in the cluster", () => {
    const service = find('Service')
    expect(service?.spec).toMatchObject({ type: 'NodePort' })
    expect(service?.spec.ports).toEqual([
      { name: 'http', port: 18_080, targetPort: config.port, nodePort: 30_080, protocol: 'TCP' },
    ])
    expect(config.port).toBe(18_080)
    // With `Local`, a node whose last pod terminates drops the traffic that still arrives there.
    expect(service?.spec).not.toHaveProperty('externalTrafficPolicy')
  })

  it("has a NetworkPolicy, except on the host's network, where none applies", () => {
    expect(find('NetworkPolicy') === undefined).toBe(pod.hostNetwork === true)
  })
})

const withPolicy = shipped.filter(({ find }) => find('NetworkPolicy') !== undefined)

describe.each(withPolicy)('$folder: the NetworkPolicy', ({ container, config, find }) => {
  const policy = find('NetworkPolicy')?.spec
  const numberOf = (port: string | number): number | undefined =>
    typeof port === 'number' ? port : container.ports.find(({ name }) => name === port)?.containerPort
  const allowed = (fromAnywhere: boolean): (number | undefined)[] =>
    (policy?.ingress ?? [])
      .filter(({ from }) => (from === undefined) === fromAnywhere)
      .flatMap(({ ports }) => ports.map(({ port }) => numberOf(port)))

  it('allows everyone to reach the service, and only Prometheus to reach the metrics', () => {
    expect(policy?.podSelector.matchLabels).toEqual(LABELS)
    expect(policy?.policyTypes).toContain('Ingress')
    expect(allowed(true)).toEqual([config.port])
    expect(allowed(false)).toEqual([config.adminPort])
  })

  it('allows no outgoing connections, except for DNS', () => {
    expect(policy?.policyTypes).toContain('Egress')
    expect(policy?.egress?.flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual([53, 53])
  })
})

describe.each(shipped)('$folder: the container', ({ pod, container }) => {
  it('has no rights that it does not need', () => {
    expect(pod.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 10_001,
      runAsGroup: 10_001,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    expect(container.securityContext).toEqual({
      privileged: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    expect(pod.automountServiceAccountToken).toBe(false)
    expect(pod.containers).toHaveLength(1)
  })

  it('has the name and the image of the tutorial', () => {
    expect(container.name).toBe('cloud-communal-service')
    expect(container.image).toMatch(/^registry\.cn-shanghai\.aliyuncs\.com\/jbk\/cloud-communal:v1\.0\.0(?:@|$)/u)
  })
})

describe('monitoring', () => {
  const monitors = shipped.flatMap(({ folder, find }) => {
    const monitor = find('PodMonitor')
    return monitor === undefined ? [] : [{ folder, ...monitor.spec }]
  })

  it('is in one overlay only, because a cluster without the operator knows no PodMonitor', () => {
    expect(monitors.map(({ folder }) => folder)).toEqual(['overlays/monitored'])
  })

  it('scrapes /metrics on the admin port', () => {
    expect(monitors[0]?.selector.matchLabels).toEqual(LABELS)
    expect(monitors[0]?.podMetricsEndpoints).toHaveLength(1)
    expect(monitors[0]?.podMetricsEndpoints[0]).toMatchObject({ port: 'admin', path: '/metrics' })
  })
})
