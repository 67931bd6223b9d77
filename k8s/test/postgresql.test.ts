import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadConfig } from '../../packages/cloud-communal-service/src/config.js'
import type { Deployment, NetworkPolicy } from './manifest.ts'
import { K8S, hasKubectl, identity, parse } from './rendered.ts'
import { violations } from './schemas/schema.ts'
import { named, shipped } from './shipped.ts'

const SECRET = { name: 'cloud-communal-service-postgresql', key: 'DATABASE_URL' }
/** PostgreSQL's max_connections without its superuser_reserved_connections. */
const CONNECTIONS = 100 - 3
const CHECK = 1
const MIGRATION = 1

/** Writes an overlay as a user would: a folder of this project, with the component. */
const overlayOn = (folder: string): string => {
  const root = mkdtempSync(join(tmpdir(), 'postgresql-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const name of ['base', 'components', 'overlays']) symlinkSync(join(K8S, name), join(root, name))
  mkdirSync(join(root, 'mine'))
  const lists = { resources: [`../${folder}`], components: ['../components/postgresql'] }
  writeFileSync(join(root, 'mine/kustomization.yaml'), JSON.stringify(lists))
  return join(root, 'mine')
}

const containerOf = (deployment: Deployment): Deployment['spec']['template']['spec']['containers'][0] =>
  deployment.spec.template.spec.containers[0]

const withoutIt = shipped.filter(({ folder }) => folder !== 'overlays/postgresql')

/** The objects that the component adds or patches, in the overlay that has it. */
const { manifests: withIt } = named('overlays/postgresql')
const POLICY = 'networking.k8s.io/v1/NetworkPolicy/cloud/cloud-communal-service-postgresql'

describe.each(withoutIt)('components/postgresql on $folder', ({ folder, manifests, deployment, container }) => {
  it('finds the Deployment and the container that it patches, and overwrites nothing', () => {
    const patched = withIt.find(({ kind }) => kind === 'Deployment') as Deployment
    expect(identity(deployment)).toBe(identity(patched))
    expect(container.name).toBe(containerOf(patched).name)
    expect(container.env.filter(({ name }) => name.startsWith('DATABASE_'))).toEqual([])
    expect(manifests.map(identity)).not.toContain(POLICY)
  })

  it.runIf(hasKubectl)('adds the URL from a Secret, and a NetworkPolicy for connections to the database', () => {
    const built = parse(execFileSync('kubectl', ['kustomize', overlayOn(folder)], { encoding: 'utf8' }))
    expect(built.flatMap(violations)).toEqual([])
    const known = new Set(manifests.map(identity))
    expect(built.map(identity).filter((name) => !known.has(name))).toEqual([POLICY])
    expect(built).toHaveLength(manifests.length + 1)

    const [patched] = built.filter((one): one is Deployment => one.kind === 'Deployment').map(containerOf)
    // Not optional: without the Secret a pod must not start.
    expect(patched?.env.find(({ name }) => name === 'DATABASE_URL')).toEqual({
      name: 'DATABASE_URL',
      valueFrom: { secretKeyRef: SECRET },
    })
    const rest = patched?.env.filter(({ name }) => !name.startsWith('DATABASE_'))
    expect(rest).toEqual(container.env)
  })
})

describe('overlays/postgresql', () => {
  const { manifests, deployment, container, env, find } = named('overlays/postgresql')

  it('is the only folder with a database', () => {
    const folders = shipped.filter((one) => 'DATABASE_URL' in one.env).map(({ folder }) => folder)
    expect(folders).toEqual(['overlays/postgresql'])
  })

  it('allows outgoing connections to DNS and the database, and no others', () => {
    const policies = manifests
      .filter((one): one is NetworkPolicy => one.kind === 'NetworkPolicy')
      .filter(({ metadata }) => !metadata.name.startsWith('zero-drop-'))
    for (const { metadata, spec } of policies) {
      const everyPod = metadata.name === 'default-deny'
      expect(spec.podSelector.matchLabels).toEqual(everyPod ? undefined : deployment.spec.selector.matchLabels)
    }
    const egress = policies.flatMap(({ spec }) => (spec.egress ?? []).flatMap(({ ports }) => ports))
    expect(new Set(egress.map(({ port }) => port))).toEqual(new Set([53, 5432]))
    expect(egress.find(({ port }) => port === 5432)).toEqual({ port: 5432, protocol: 'TCP' })
    const own = policies.find(({ metadata }) => metadata.name === SECRET.name)
    expect(own?.spec.policyTypes).toEqual(['Egress'])
    expect(own?.spec.egress?.flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual([5432])
  })

  it('needs fewer connections than PostgreSQL offers when a rollout has the most pods', () => {
    const { databaseConnections } = loadConfig({ ...env, DATABASE_URL: undefined })
    const most = find('HorizontalPodAutoscaler')?.spec.maxReplicas ?? 0
    const { maxSurge } = deployment.spec.strategy.rollingUpdate
    const surge = Math.ceil((most * Number.parseInt(String(maxSurge), 10)) / 100)
    expect([most, surge]).toEqual([10, 3])
    const pods = most + surge + most
    expect(pods * (databaseConnections + CHECK) + surge * MIGRATION).toBeLessThan(CONNECTIONS)
    expect(container.env.find(({ name }) => name === 'DATABASE_CONNECTIONS')?.value).toBe(`${databaseConnections}`)
  })

  it('leaves enough connections for the base with its default, too', () => {
    const base = named('base')
    const { maxSurge } = base.deployment.spec.strategy.rollingUpdate
    // Repeated restarts: one more pod every minReadySeconds, and each exists until its grace period ends.
    const { terminationGracePeriodSeconds } = base.pod
    const draining = Math.ceil(terminationGracePeriodSeconds / base.deployment.spec.minReadySeconds)
    const pods = (base.deployment.spec.replicas ?? 0) + Number(maxSurge) * (1 + draining)
    expect(pods * (base.config.databaseConnections + CHECK) + MIGRATION).toBeLessThan(CONNECTIONS)
  })

  it('is production with the URL from a Secret, and a NetworkPolicy', () => {
    const production = named('overlays/production')
    const unchanged = manifests.filter((one) => one.kind !== 'Deployment' && identity(one) !== POLICY)
    expect(unchanged).toEqual(production.manifests.filter((one) => one.kind !== 'Deployment'))
    expect(container.env.find(({ name }) => name === 'DATABASE_URL')).toEqual({
      name: 'DATABASE_URL',
      valueFrom: { secretKeyRef: SECRET },
    })
    const rest = container.env.filter(({ name }) => !name.startsWith('DATABASE_'))
    const patched = structuredClone(production.deployment)
    containerOf(patched).env = container.env
    expect(rest).toEqual(production.container.env)
    expect(deployment).toEqual(patched)
  })
})
