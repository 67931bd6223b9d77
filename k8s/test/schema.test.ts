import { describe, expect, it } from 'vitest'
import { named, shipped } from './shipped.ts'
import type { Kinds } from './manifest.ts'
import { violations } from './schemas/schema.ts'

type Change = (manifest: any) => void

const changed = (kind: keyof Kinds, change: Change): string[] => {
  const manifest = structuredClone(named('overlays/monitored').find(kind))
  if (manifest === undefined) throw new Error(`no ${kind}`)
  change(manifest)
  return violations(manifest)
}

describe('the schemas of Kubernetes 1.34', () => {
  it.each(shipped)('accept every object of $folder', ({ manifests }) => {
    expect(manifests.flatMap(violations)).toEqual([])
  })

  it.each<[string, keyof Kinds, Change]>([
    ['a strategy in the pod', 'Deployment', ({ spec }) => (spec.template.spec.strategy = spec.strategy)],
    ['a misspelt field', 'Deployment', ({ spec }) => (spec.template.spec.containers[0].readinesProbe = {})],
    ['a string for a number', 'Deployment', ({ spec }) => (spec.minReadySeconds = '10')],
    ['a number for a string', 'Deployment', ({ spec }) => (spec.template.spec.containers[0].env[0].value = 18_080)],
    [
      'an invalid quantity',
      'Deployment',
      ({ spec }) => (spec.template.spec.containers[0].resources.limits.memory = '256MB'),
    ],
    ['a missing field', 'HorizontalPodAutoscaler', ({ spec }) => delete spec.maxReplicas],
    ['an unknown field', 'PodDisruptionBudget', ({ spec }) => (spec.maxUnavailble = 1)],
    ['a label that is not a string', 'Namespace', ({ metadata }) => (metadata.labels.a = true)],
    ['a misspelt field', 'NetworkPolicy', ({ spec }) => (spec.ingress[0].port = [])],
    ['an unknown field', 'Service', ({ spec }) => (spec.nodePort = 30_080)],
    ['an unknown field', 'PodMonitor', ({ spec }) => (spec.podMetricsEndpoints[0].paths = '/metrics')],
    ['an unknown field', 'ConfigMap', (manifest) => (manifest['datas'] = {})],
  ])('reject %s in a %s', (_what, kind, change) => {
    expect(changed(kind, change)).toHaveLength(1)
    expect(changed(kind, () => {})).toEqual([])
  })

  it('report a kind that has no schema', () => {
    expect(() => violations({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'x' } })).toThrow(
      /no schema for batch\/v1 Job/u,
    )
  })
})
