import { describe, expect, it } from 'vitest'
import { PRODUCTION_WITH, named, shipped } from './shipped.ts'

/** What the drain and the hooks take at the least: an idle connection lingers for 6 s, a hook may take 5 s. */
const DRAIN_AND_HOOKS = 12_000 + 5_000
/** Between the process' own end and the kubelet's SIGKILL. */
const SLACK = 5_000

describe.each(shipped)('$folder: the end of a pod', ({ pod, container, env, config, delay, deployment }) => {
  it('fits into its grace period: delay + drain + hooks < timeout < terminationGracePeriodSeconds', () => {
    expect(delay + DRAIN_AND_HOOKS).toBeLessThan(config.shutdownTimeout)
    expect(config.shutdownTimeout + SLACK).toBeLessThan(pod.terminationGracePeriodSeconds * 1_000)
  })

  it('has nothing before SIGTERM that would spend the same time', () => {
    expect(pod.containers.map(({ lifecycle }) => lifecycle)).toEqual(pod.containers.map(() => undefined))
  })

  it('is told to the process, which cannot see it', () => {
    expect(env['TERMINATION_GRACE_PERIOD_SECONDS']).toBe(String(pod.terminationGracePeriodSeconds))
    expect(env).not.toHaveProperty('VERSION')
  })

  it('starts with a delay that a kube-proxy with the default sync period of 1 s cannot outlast', () => {
    expect(delay).toBeGreaterThanOrEqual(5_000)
  })

  it('has each probe ask where the library answers it, on the listener that closes last', () => {
    const probes = ['startup', 'readiness', 'liveness'].map((kind) => container[`${kind}Probe`]?.httpGet)
    expect(probes).toEqual([
      { path: '/startupz', port: 'admin' },
      { path: '/readyz', port: 'admin' },
      { path: '/livez', port: 'admin' },
    ])
    expect(container.ports.find(({ name }) => name === 'admin')?.containerPort).toBe(config.adminPort)
    expect(container.ports.find(({ name }) => name === 'http')?.containerPort).toBe(config.port)
  })

  it('comes after a start that has been watched', () => {
    expect(deployment.spec.minReadySeconds).toBeGreaterThanOrEqual(10)
    expect(deployment.spec.revisionHistoryLimit).toBe(10)
    // Or `rollout status` gives up on a rollout that is going well.
    expect(deployment.spec.progressDeadlineSeconds).toBeGreaterThanOrEqual(
      pod.terminationGracePeriodSeconds + 2 * deployment.spec.minReadySeconds + 30,
    )
  })
})

describe.each(shipped)('$folder: the pods', ({ deployment, pod, container, find }) => {
  const { replicas, strategy } = deployment.spec
  const { maxSurge, maxUnavailable } = strategy.rollingUpdate
  const autoscaler = find('HorizontalPodAutoscaler')
  const least = replicas ?? autoscaler?.spec.minReplicas ?? 0

  it('are never fewer than before, or one fewer where a node holds only one', () => {
    expect(strategy.type).toBe('RollingUpdate')
    const rolled = { surge: Number.parseInt(String(maxSurge), 10) > 0, maxUnavailable, enough: least >= 2 }
    const oneNodeOnePod = pod.hostNetwork === true && maxSurge === 0
    expect(rolled).toEqual(
      oneNodeOnePod
        ? { surge: false, maxUnavailable: 1, enough: true }
        : { surge: true, maxUnavailable: 0, enough: rolled.enough },
    )
  })

  it('are counted by the Deployment or by an autoscaler, never by both', () => {
    expect(replicas === undefined).toBe(autoscaler !== undefined)
  })

  it('can be spared one at a time when a node is drained; the only one cannot', () => {
    const budget = find('PodDisruptionBudget')
    expect(budget?.spec.maxUnavailable).toBe(least === 1 ? 0 : 1)
    expect(budget?.spec.unhealthyPodEvictionPolicy).toBe('AlwaysAllow')
  })

  it('are spread over the nodes, as a preference: a surge pod must find a place', () => {
    const keys = pod.topologySpreadConstraints.map(({ topologyKey }) => topologyKey)
    expect(keys).toContain('kubernetes.io/hostname')
    for (const { whenUnsatisfiable } of pod.topologySpreadConstraints) expect(whenUnsatisfiable).toBe('ScheduleAnyway')
  })

  it('may use the CPU that they need to drain, and are not evicted for their log', () => {
    const { requests, limits } = container.resources
    expect(Object.keys(requests)).toEqual(expect.arrayContaining(['cpu', 'memory', 'ephemeral-storage']))
    expect(Object.keys(limits)).toEqual(['memory'])
  })
})

const autoscaled = shipped.flatMap((one) => {
  const autoscaler = one.find('HorizontalPodAutoscaler')
  return autoscaler === undefined ? [] : [{ ...one, autoscaler: autoscaler.spec }]
})

describe.each(autoscaled)('$folder: the autoscaler', ({ deployment, pod, container, autoscaler }) => {
  it('counts the pods of this Deployment, by a request that is there', () => {
    const { scaleTargetRef, minReplicas, maxReplicas, metrics } = autoscaler
    expect(scaleTargetRef).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name: deployment.metadata.name })
    expect(minReplicas).toBe(named('base').deployment.spec.replicas)
    expect(maxReplicas).toBeGreaterThan(minReplicas)
    for (const { resource } of metrics) expect(container.resources.requests).toHaveProperty(resource.name)
  })

  it('has no two pods drain at once', () => {
    expect(autoscaler.behavior.scaleDown.policies).toHaveLength(1)
    for (const { type, value, periodSeconds } of autoscaler.behavior.scaleDown.policies) {
      expect([type, value]).toEqual(['Pods', 1])
      expect(periodSeconds).toBeGreaterThan(pod.terminationGracePeriodSeconds)
    }
  })
})

describe('autoscalers', () => {
  it('are in production, whatever is added to it', () => {
    expect(autoscaled.map(({ folder }) => folder).toSorted()).toEqual(
      ['overlays/production', ...PRODUCTION_WITH].toSorted(),
    )
  })
})

describe('overlays/hostnetwork', () => {
  const { pod, container } = named('overlays/hostnetwork')

  it("is on the host's network, knows the cluster's names, and says which ports of the node it takes", () => {
    expect(pod).toMatchObject({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' })
    expect(container.ports.map(({ hostPort }) => hostPort)).toEqual([18_080, 18_081])
  })

  it('is the only one that is', () => {
    const on = shipped.filter((one) => one.pod.hostNetwork !== undefined).map(({ folder }) => folder)
    expect(on).toEqual(['overlays/hostnetwork'])
  })
})

describe('what is said in words', () => {
  it('overlays/single has one replica, overlays/hostnetwork one for each of two nodes, the base three', () => {
    const replicas = ['base', 'overlays/single', 'overlays/hostnetwork'].map(
      (folder) => named(folder).deployment.spec.replicas,
    )
    expect(replicas).toEqual([3, 1, 2])
  })
})
