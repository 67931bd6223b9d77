import { describe, expect, it } from 'vitest'
import { PRODUCTION_WITH, named, shipped } from './shipped.ts'

/** The time for the drain and the hooks, in ms. An idle connection lingers for 6 s; a hook may take 5 s. */
const DRAIN_AND_HOOKS = 12_000 + 5_000
/** The least time between the exit of the process and the kubelet's SIGKILL, in ms. */
const SLACK = 5_000

describe.each(shipped)('$folder: the shutdown of a pod', ({ pod, container, env, config, delay, deployment }) => {
  it('fits into the grace period: delay + drain + hooks < timeout < terminationGracePeriodSeconds', () => {
    expect(delay + DRAIN_AND_HOOKS).toBeLessThan(config.shutdownTimeout)
    expect(config.shutdownTimeout + SLACK).toBeLessThan(pod.terminationGracePeriodSeconds * 1_000)
  })

  it('has no preStop hook, which would use up the same time', () => {
    expect(pod.containers.map(({ lifecycle }) => lifecycle)).toEqual(pod.containers.map(() => undefined))
  })

  it('passes the grace period to the process, which cannot see it', () => {
    expect(env['TERMINATION_GRACE_PERIOD_SECONDS']).toBe(String(pod.terminationGracePeriodSeconds))
    expect(env).not.toHaveProperty('VERSION')
  })

  it('has an adaptive delay: twice the sync period of kube-proxy, at least five without evidence, and more under traffic', () => {
    const { shutdownDelay } = config
    if (typeof shutdownDelay !== 'object') throw new Error(`the delay is ${String(shutdownDelay)}`)
    const { min, expected = 0, max } = shutdownDelay
    expect(min).toBe(2_000)
    expect(expected).toBeGreaterThanOrEqual(5_000)
    expect(max).toBeGreaterThanOrEqual(2 * expected)
  })

  it('points each probe at the path and the listener where the library answers it', () => {
    const probes = ['startup', 'readiness', 'liveness'].map((kind) => container[`${kind}Probe`]?.httpGet)
    expect(probes).toEqual([
      { path: '/startupz', port: 'admin' },
      { path: '/readyz', port: 'admin' },
      { path: '/livez', port: 'admin' },
    ])
    expect(container.ports.find(({ name }) => name === 'admin')?.containerPort).toBe(config.adminPort)
    expect(container.ports.find(({ name }) => name === 'http')?.containerPort).toBe(config.port)
  })

  it('waits for a new pod to stay ready, and gives the rollout enough time', () => {
    expect(deployment.spec.minReadySeconds).toBeGreaterThanOrEqual(10)
    expect(deployment.spec.revisionHistoryLimit).toBe(10)
    // With less time, `rollout status` would fail for a rollout that makes progress.
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

  it('never become fewer, except by one where a node holds only one pod', () => {
    expect(strategy.type).toBe('RollingUpdate')
    const rolled = { surge: Number.parseInt(String(maxSurge), 10) > 0, maxUnavailable, enough: least >= 2 }
    const oneNodeOnePod = pod.hostNetwork === true && maxSurge === 0
    expect(rolled).toEqual(
      oneNodeOnePod
        ? { surge: false, maxUnavailable: 1, enough: true }
        : { surge: true, maxUnavailable: 0, enough: rolled.enough },
    )
  })

  it('are counted by the Deployment or by an autoscaler, not by both', () => {
    expect(replicas === undefined).toBe(autoscaler !== undefined)
  })

  it('can be evicted one at a time; a single replica cannot be evicted', () => {
    const budget = find('PodDisruptionBudget')
    expect(budget?.spec.maxUnavailable).toBe(least === 1 ? 0 : 1)
    expect(budget?.spec.unhealthyPodEvictionPolicy).toBe('AlwaysAllow')
  })

  it('prefer to spread over the nodes, so that a surge pod always finds one', () => {
    const keys = pod.topologySpreadConstraints.map(({ topologyKey }) => topologyKey)
    expect(keys).toContain('kubernetes.io/hostname')
    for (const { whenUnsatisfiable } of pod.topologySpreadConstraints) expect(whenUnsatisfiable).toBe('ScheduleAnyway')
  })

  it('have no CPU limit, which would slow the drain, and no limit for their log', () => {
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
  it('scales this Deployment by a resource that the container requests', () => {
    const { scaleTargetRef, minReplicas, maxReplicas, metrics } = autoscaler
    expect(scaleTargetRef).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name: deployment.metadata.name })
    expect(minReplicas).toBe(named('base').deployment.spec.replicas)
    expect(maxReplicas).toBeGreaterThan(minReplicas)
    for (const { resource } of metrics) expect(container.resources.requests).toHaveProperty(resource.name)
  })

  it('never drains two pods at once', () => {
    expect(autoscaler.behavior.scaleDown.policies).toHaveLength(1)
    for (const { type, value, periodSeconds } of autoscaler.behavior.scaleDown.policies) {
      expect([type, value]).toEqual(['Pods', 1])
      expect(periodSeconds).toBeGreaterThan(pod.terminationGracePeriodSeconds)
    }
  })
})

describe('autoscalers', () => {
  it('are in production and in every overlay on it', () => {
    expect(autoscaled.map(({ folder }) => folder).toSorted()).toEqual(
      ['overlays/production', ...PRODUCTION_WITH].toSorted(),
    )
  })
})

describe('overlays/hostnetwork', () => {
  const { pod, container } = named('overlays/hostnetwork')

  it("uses the host's network, the cluster's DNS and two host ports", () => {
    expect(pod).toMatchObject({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' })
    expect(container.ports.map(({ hostPort }) => hostPort)).toEqual([18_080, 18_081])
  })

  it('is the only folder on the host network', () => {
    const on = shipped.filter((one) => one.pod.hostNetwork !== undefined).map(({ folder }) => folder)
    expect(on).toEqual(['overlays/hostnetwork'])
  })
})

describe('the README', () => {
  it('is right about replicas: three in the base, one in overlays/single, two in overlays/hostnetwork', () => {
    const replicas = ['base', 'overlays/single', 'overlays/hostnetwork'].map(
      (folder) => named(folder).deployment.spec.replicas,
    )
    expect(replicas).toEqual([3, 1, 2])
  })
})
