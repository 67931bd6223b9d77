import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { loadConfig } from '../../packages/cloud-communal-service/src/config.js'
import { build, identity } from './kustomize/build.ts'
import { K8S, named, shipped } from './kustomizations.ts'
import type { Deployment, Manifest, NetworkPolicy } from './manifest.ts'
import { violations } from './schemas/schema.ts'

const SECRET = { name: 'cloud-communal-service-postgresql', key: 'DATABASE_URL' }
/** PostgreSQL's max_connections without its superuser_reserved_connections. */
const CONNECTIONS = 100 - 3
const CHECK = 1
const MIGRATION = 1

const kubectl = spawnSync('kubectl', ['version', '--client']).status === 0

/** A folder as a user would have it: an overlay of ours, with the component. */
const overlayOn = (folder: string): string => {
  const root = mkdtempSync(join(tmpdir(), 'postgresql-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const name of ['base', 'components', 'overlays']) symlinkSync(join(K8S, name), join(root, name))
  mkdirSync(join(root, 'mine'))
  const lists = { resources: [`../${folder}`], components: ['../components/postgresql'] }
  writeFileSync(join(root, 'mine/kustomization.yaml'), JSON.stringify(lists))
  return join(root, 'mine')
}

const withoutIt = shipped.filter(({ folder }) => folder !== 'overlays/postgresql').map(({ folder }) => folder)

describe.each(withoutIt)('components/postgresql on %s', (folder) => {
  it('hands the URL out of a Secret to the service, and lets it out to a database, whatever else is ruled', () => {
    const manifests = build(overlayOn(folder))
    expect(manifests.flatMap(violations)).toEqual([])
    const before = named(folder)
    const added = manifests.filter(
      (manifest) => !before.manifests.some((other) => identity(other) === identity(manifest)),
    )
    expect(added.map(identity)).toEqual(['networking.k8s.io/v1/NetworkPolicy/cloud/cloud-communal-service-postgresql'])
    expect(manifests).toHaveLength(before.manifests.length + 1)

    const [container] = manifests.filter((one): one is Deployment => one.kind === 'Deployment').map(containerOf)
    // Not optional: without the Secret a pod must not start.
    expect(container?.env.find(({ name }) => name === 'DATABASE_URL')).toEqual({
      name: 'DATABASE_URL',
      valueFrom: { secretKeyRef: SECRET },
    })
    const rest = container?.env.filter(({ name }) => !name.startsWith('DATABASE_'))
    expect(rest).toEqual(before.container.env)
  })
})

const containerOf = (deployment: Deployment): Deployment['spec']['template']['spec']['containers'][0] =>
  deployment.spec.template.spec.containers[0]

describe('overlays/postgresql', () => {
  const { manifests, deployment, container, env, find } = named('overlays/postgresql')

  it('is the only one that knows a database', () => {
    const knowing = shipped.filter((one) => 'DATABASE_URL' in one.env).map(({ folder }) => folder)
    expect(knowing).toEqual(['overlays/postgresql'])
  })

  it('lets out what its pods ask for, names and the database, and nothing else', () => {
    const policies = manifests.filter((one): one is NetworkPolicy => one.kind === 'NetworkPolicy')
    for (const { spec } of policies) expect(spec.podSelector.matchLabels).toEqual(deployment.spec.selector.matchLabels)
    const out = policies.flatMap(({ spec }) => (spec.egress ?? []).flatMap(({ ports }) => ports))
    expect(new Set(out.map(({ port }) => port))).toEqual(new Set([53, 5432]))
    expect(out.find(({ port }) => port === 5432)).toEqual({ port: 5432, protocol: 'TCP' })
    const own = policies.find(({ metadata }) => metadata.name === SECRET.name)
    // By itself it must be enough: on the base nothing else has a rule for what goes out.
    expect(own?.spec.policyTypes).toEqual(['Egress'])
    expect(own?.spec.egress?.flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual([53, 53, 5432])
  })

  it("leaves each pod enough of a PostgreSQL's connections at the widest moment of a rollout", () => {
    const { databaseConnections } = loadConfig({ ...env, DATABASE_URL: undefined })
    const most = find('HorizontalPodAutoscaler')?.spec.maxReplicas ?? 0
    const { maxSurge } = deployment.spec.strategy.rollingUpdate
    const surge = Math.ceil((most * Number.parseInt(String(maxSurge), 10)) / 100)
    expect([most, surge]).toEqual([10, 3])
    const pods = most + surge + most
    expect(pods * (databaseConnections + CHECK) + surge * MIGRATION).toBeLessThan(CONNECTIONS)
    expect(container.env.find(({ name }) => name === 'DATABASE_CONNECTIONS')?.value).toBe(`${databaseConnections}`)
  })

  it('has the base, with the default, find enough of them, too', () => {
    const base = named('base')
    const { maxSurge } = base.deployment.spec.strategy.rollingUpdate
    // Restarted again and again: one pod more each minReadySeconds, each there until its grace period is over.
    const { terminationGracePeriodSeconds } = base.pod
    const draining = Math.ceil(terminationGracePeriodSeconds / base.deployment.spec.minReadySeconds)
    const pods = (base.deployment.spec.replicas ?? 0) + Number(maxSurge) * (1 + draining)
    expect(pods * (base.config.databaseConnections + CHECK) + MIGRATION).toBeLessThan(CONNECTIONS)
  })

  it.runIf(kubectl)('is built by kubectl, too, on the overlay that has no other policy', () => {
    const mine = overlayOn('overlays/hostnetwork')
    const output = execFileSync('kubectl', ['kustomize', mine], { encoding: 'utf8' })
    const theirs = parseAllDocuments(output).map((document) => document.toJS() as Manifest)
    expect(sorted(theirs)).toEqual(sorted(build(mine)))
  })
})

const sorted = (manifests: Manifest[]): Manifest[] =>
  manifests.toSorted((one, other) => (identity(one) < identity(other) ? -1 : 1))
