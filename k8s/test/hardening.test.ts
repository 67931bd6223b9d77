import { describe, expect, it } from 'vitest'
import { TWIN_LABEL } from '../../loadtest/src/targets/kubernetes/twin/twin-objects.js'
import { LOAD_LABEL } from '../../loadtest/src/workers/kubernetes/objects.js'
import type { NetworkPolicy } from './manifest.ts'
import { PRODUCTION_WITH, named, shipped } from './shipped.ts'

const PRODUCTION = ['overlays/production', ...PRODUCTION_WITH]

const production = shipped.filter(({ folder }) => PRODUCTION.includes(folder))

/** Returns a Kubernetes quantity as a number: 200m is 0.2, and 128Mi is 134217728. */
const quantity = (text: string | undefined): number => {
  const [, digits, unit = ''] = /^(\d+)(m|Mi)?$/u.exec(text ?? '') ?? []
  return (Number(digits) * (unit === 'Mi' ? 1024 ** 2 : 1)) / (unit === 'm' ? 1000 : 1)
}

describe.each(shipped)('$folder: the namespace', ({ pod, find }) => {
  it("enforces the restricted profile of a fixed version, except on the host's network", () => {
    const level = pod.hostNetwork === true ? 'privileged' : 'restricted'
    const modes = ['enforce', 'audit', 'warn']
    const labels = modes.flatMap((mode) => [
      [`pod-security.kubernetes.io/${mode}`, level],
      [`pod-security.kubernetes.io/${mode}-version`, 'v1.34'],
    ])
    expect(find('Namespace')?.metadata.labels).toEqual(Object.fromEntries(labels))
  })
})

describe.each(shipped)('$folder: the ServiceAccount', ({ deployment, pod, find }) => {
  it('is its own, and gives no token to its pods', () => {
    expect(find('ServiceAccount')).toMatchObject({
      metadata: { name: deployment.metadata.name, namespace: deployment.metadata.namespace },
      automountServiceAccountToken: false,
    })
    expect(pod.serviceAccountName).toBe(deployment.metadata.name)
  })
})

describe.each(production)('$folder', ({ manifests, deployment, container, config, find }) => {
  const quota = find('ResourceQuota')?.spec.hard ?? {}
  const { requests, limits } = container.resources
  const most = find('HorizontalPodAutoscaler')?.spec.maxReplicas ?? 0
  const surge = Math.ceil((most * Number.parseInt(String(deployment.spec.strategy.rollingUpdate.maxSurge), 10)) / 100)

  it('denies the connections that no other NetworkPolicy allows', () => {
    const policies = manifests.filter((one): one is NetworkPolicy => one.kind === 'NetworkPolicy')
    expect(policies.find(({ metadata }) => metadata.name === 'default-deny')?.spec).toEqual({
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
    })
  })

  it('allows the connections of zero-drop, by the labels of its pods', () => {
    const policies = manifests.filter((one): one is NetworkPolicy => one.kind === 'NetworkPolicy')
    const ours = policies.filter(({ metadata }) => metadata.name.startsWith('zero-drop-'))
    expect(ours.map(({ spec }) => spec)).toEqual([
      {
        podSelector: { matchExpressions: [{ key: LOAD_LABEL, operator: 'Exists' }] },
        policyTypes: ['Egress'],
        egress: [{}],
      },
      {
        podSelector: { matchExpressions: [{ key: TWIN_LABEL, operator: 'Exists' }] },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ ports: [{ port: config.port, protocol: 'TCP' }] }],
        egress: [{}],
      },
    ])
  })

  it('names its image by tag and digest', () => {
    expect(container.image).toMatch(/:v1\.0\.0@sha256:[0-9a-f]{64}$/u)
  })

  it('has a quota for every pod of the largest rollout, and of an undo in the middle of it', () => {
    const pods = most + surge + most + 5
    expect([most, surge, pods]).toEqual([10, 3, 28])
    const allowed = {
      pods: quantity(quota['pods']),
      cpu: quantity(quota['requests.cpu']) / quantity(requests['cpu']),
      memory: quantity(quota['requests.memory']) / quantity(requests['memory']),
      storage: quantity(quota['requests.ephemeral-storage']) / quantity(requests['ephemeral-storage']),
      memoryLimit: quantity(quota['limits.memory']) / quantity(limits['memory']),
    }
    expect(allowed).toEqual({ pods: 30, cpu: 30, memory: 30, storage: 30, memoryLimit: 30 })
    expect(allowed.pods).toBeGreaterThan(pods)
  })

  it('sets no CPU limit and no limit of ephemeral storage, neither by its quota nor by its LimitRange', () => {
    expect(Object.keys(quota).filter((name) => name.startsWith('limits.'))).toEqual(['limits.memory'])
    // A `max` of a resource would become the limit of a container that sets none.
    const ranges = find('LimitRange')?.spec.limits
    expect(ranges).toEqual([
      {
        type: 'Container',
        defaultRequest: named('base').container.resources.requests,
        default: named('base').container.resources.limits,
      },
    ])
  })
})

const foldersWith = (kind: 'ResourceQuota' | 'LimitRange'): string[] =>
  shipped.filter(({ find }) => find(kind) !== undefined).map(({ folder }) => folder)

describe('quotas', () => {
  it('are in production only, because other namespaces may have pods of other services', () => {
    expect(foldersWith('ResourceQuota')).toEqual(PRODUCTION.toSorted())
    expect(foldersWith('LimitRange')).toEqual(PRODUCTION.toSorted())
  })
})
