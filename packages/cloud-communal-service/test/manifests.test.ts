import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { loadConfig } from '../src/config.js'

const K8S = fileURLToPath(new URL('../../../k8s/', import.meta.url))

interface Port {
  name: string
  containerPort: number
}
interface Container {
  name: string
  image: string
  ports: Port[]
  env: { name: string; value?: string; valueFrom?: unknown }[]
  [probe: `${string}Probe`]: { httpGet: { path: string; port: string } }
}
interface Manifest {
  kind: string
  metadata: { name: string; namespace?: string; annotations?: Record<string, string> }
}
interface Deployment extends Manifest {
  spec: {
    replicas: number
    selector: { matchLabels: Record<string, string> }
    strategy: unknown
    template: {
      metadata: { labels: Record<string, string> }
      spec: { terminationGracePeriodSeconds: number; hostNetwork?: boolean; containers: [Container] }
    }
  }
}
interface Service extends Manifest {
  spec: { type: string; selector: Record<string, string>; ports: unknown[] }
}
interface Budget extends Manifest {
  spec: { maxUnavailable: number; selector: { matchLabels: Record<string, string> } }
}

const documents = (path: string): Manifest[] =>
  parseAllDocuments(readFileSync(`${K8S}${path}`, 'utf8')).map((document) => {
    if (document.errors.length > 0) throw new Error(`${path}: ${document.errors.join(', ')}`)
    return document.toJS() as Manifest
  })

const named = (manifests: Manifest[]): Record<string, Manifest> =>
  Object.fromEntries(manifests.map((manifest) => [`${manifest.kind}/${manifest.metadata.name}`, manifest]))

const kustomization = documents('base/kustomization.yaml')[0] as unknown as { resources: string[] }
const base = named(kustomization.resources.flatMap((file) => documents(`base/${file}`)))
const deployment = base['Deployment/cloud-communal-service'] as Deployment
const service = base['Service/cloud-communal-service'] as Service
const budget = base['PodDisruptionBudget/cloud-communal-service'] as Budget
const pod = deployment.spec.template
const [container] = pod.spec.containers
const env = Object.fromEntries(container.env.map(({ name, value }) => [name, value]))
const portNamed = (name: string): number | undefined =>
  container.ports.find((port) => port.name === name)?.containerPort

describe('k8s/base', () => {
  it('lists every file that it has, and does nothing but list them', () => {
    const files = readdirSync(`${K8S}base`).filter((file) => file !== 'kustomization.yaml')
    expect(kustomization.resources.toSorted()).toEqual(files.toSorted())
    // With anything more (a patch, a transformer), parsing the files would not be rendering them, as the next test does.
    expect(Object.keys(kustomization)).toEqual(['apiVersion', 'kind', 'resources'])
  })

  it('is what k8s-cloud-communal.yaml says; if not: kubectl kustomize k8s/base, see k8s/README.md', () => {
    expect(named(documents('k8s-cloud-communal.yaml'))).toEqual(base)
  })

  it('keeps the names, ports and numbers of the tutorial', () => {
    expect(Object.values(base).map(({ metadata }) => metadata.namespace ?? metadata.name)).toEqual(
      Object.values(base).map(() => 'cloud'),
    )
    expect(container.name).toBe('cloud-communal-service')
    expect(container.image).toBe('registry.cn-shanghai.aliyuncs.com/jbk/cloud-communal:v1.0.0')
    expect(deployment.spec).toMatchObject({ minReadySeconds: 10, revisionHistoryLimit: 10 })
    expect(service.spec.type).toBe('NodePort')
    expect(service.spec.ports).toEqual([
      { name: 'http', port: 18_080, targetPort: portNamed('http'), nodePort: 30_080, protocol: 'TCP' },
    ])
  })

  it('selects its own pods, everywhere', () => {
    const labels = { app: 'cloud-communal-service' }
    expect(pod.metadata.labels).toEqual(labels)
    expect(deployment.spec.selector.matchLabels).toEqual(labels)
    expect(service.spec.selector).toEqual(labels)
    expect(budget.spec.selector.matchLabels).toEqual(labels)
  })

  it('starts the new pod first, never runs fewer, and can spare one to a node drain', () => {
    expect(deployment.spec.strategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
    })
    expect(deployment.spec.replicas - budget.spec.maxUnavailable).toBeGreaterThanOrEqual(2)
    expect(pod.spec.hostNetwork).toBeUndefined()
  })

  it('says to the service what the service takes, and the ports that it declares', () => {
    const config = loadConfig(env)
    expect(config.port).toBe(portNamed('http'))
    expect(config.adminPort).toBe(portNamed('admin'))
    expect(env).not.toHaveProperty('VERSION')
  })

  it('gives the process more time than the process gives itself', () => {
    const { shutdownTimeout } = loadConfig(env)
    expect(pod.spec.terminationGracePeriodSeconds * 1_000).toBeGreaterThanOrEqual(shutdownTimeout + 5_000)
    expect(env['TERMINATION_GRACE_PERIOD_SECONDS']).toBe(`${pod.spec.terminationGracePeriodSeconds}`)
  })

  it('probes each thing where the library answers it', () => {
    const probes = ['startup', 'readiness', 'liveness'].map((kind) => container[`${kind}Probe`]?.httpGet)
    expect(probes).toEqual([
      { path: '/startupz', port: 'admin' },
      { path: '/readyz', port: 'admin' },
      { path: '/livez', port: 'admin' },
    ])
  })

  it('names the version in the change-cause', () => {
    const cause = deployment.metadata.annotations?.['kubernetes.io/change-cause']
    expect(cause).toContain(container.image.split(':').at(-1))
  })
})
