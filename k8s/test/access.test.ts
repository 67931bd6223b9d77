import { describe, expect, it } from 'vitest'
import { shipped } from './shipped.ts'

const LABELS = { app: 'cloud-communal-service' }

describe.each(shipped)('$folder: who is meant', ({ deployment, pod, manifests, find }) => {
  it('is the same pods, everywhere', () => {
    expect(deployment.spec.template.metadata.labels).toEqual(LABELS)
    expect(deployment.spec.selector.matchLabels).toEqual(LABELS)
    expect(find('Service')?.spec.selector).toEqual(LABELS)
    expect(find('PodDisruptionBudget')?.spec.selector.matchLabels).toEqual(LABELS)
    for (const { labelSelector } of pod.topologySpreadConstraints) expect(labelSelector.matchLabels).toEqual(LABELS)
    const unlabelled = manifests.filter(({ metadata }) => metadata.labels?.['app'] !== LABELS.app)
    expect(unlabelled.map(({ kind }) => kind)).toEqual(['Namespace'])
  })
})

describe.each(shipped)('$folder: the way in', ({ pod, config, find }) => {
  it("is the tutorial's: 30080 on every node, 18080 inside", () => {
    const service = find('Service')
    expect(service?.spec).toMatchObject({ type: 'NodePort' })
    expect(service?.spec.ports).toEqual([
      { name: 'http', port: 18_080, targetPort: config.port, nodePort: 30_080, protocol: 'TCP' },
    ])
    expect(config.port).toBe(18_080)
    // With `Local`, a node whose last pod terminates drops what still arrives there.
    expect(service?.spec).not.toHaveProperty('externalTrafficPolicy')
  })

  it("is not claimed to be guarded where no policy applies: on the host's network", () => {
    expect(find('NetworkPolicy') === undefined).toBe(pod.hostNetwork === true)
  })
})

const guarded = shipped.filter(({ find }) => find('NetworkPolicy') !== undefined)

describe.each(guarded)('$folder: what the NetworkPolicy lets through', ({ container, config, find }) => {
  const policy = find('NetworkPolicy')?.spec
  const leadsTo = (port: string | number): number | undefined =>
    typeof port === 'number' ? port : container.ports.find(({ name }) => name === port)?.containerPort
  const into = (fromEverybody: boolean): (number | undefined)[] =>
    (policy?.ingress ?? [])
      .filter(({ from }) => (from === undefined) === fromEverybody)
      .flatMap(({ ports }) => ports.map(({ port }) => leadsTo(port)))

  it('is everybody to the service, and Prometheus alone to the metrics', () => {
    expect(policy?.podSelector.matchLabels).toEqual(LABELS)
    expect(policy?.policyTypes).toContain('Ingress')
    expect(into(true)).toEqual([config.port])
    expect(into(false)).toEqual([config.adminPort])
  })

  it('is everything that goes out, or names alone', () => {
    const out = policy?.egress?.flatMap(({ ports }) => ports.map(({ port }) => port))
    expect(out).toEqual(policy?.policyTypes.includes('Egress') ? [53, 53] : undefined)
  })
})

describe.each(shipped)('$folder: the rights of the process', ({ pod, container }) => {
  it('are none', () => {
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

  it('are those of a certain image', () => {
    expect(container.name).toBe('cloud-communal-service')
    expect(container.image).toBe('registry.cn-shanghai.aliyuncs.com/jbk/cloud-communal:v1.0.0')
  })
})

describe('monitoring', () => {
  const monitors = shipped.flatMap(({ folder, find }) => {
    const monitor = find('PodMonitor')
    return monitor === undefined ? [] : [{ folder, ...monitor.spec }]
  })

  it('is in one overlay, since a bare cluster knows no PodMonitor', () => {
    expect(monitors.map(({ folder }) => folder)).toEqual(['overlays/monitored'])
  })

  it('finds the metrics', () => {
    expect(monitors[0]?.selector.matchLabels).toEqual(LABELS)
    expect(monitors[0]?.podMetricsEndpoints).toHaveLength(1)
    expect(monitors[0]?.podMetricsEndpoints[0]).toMatchObject({ port: 'admin', path: '/metrics' })
  })
})
