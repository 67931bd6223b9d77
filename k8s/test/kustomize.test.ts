import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { readManifests } from '../../loadtest/src/manifests.js'
import { build, identity, parse } from './kustomize/build.ts'
import { FOLDERS, K8S, PRODUCTION_WITH, named, shipped } from './kustomizations.ts'
import type { Manifest } from './manifest.ts'

const kubectl = spawnSync('kubectl', ['version', '--client']).status === 0

const byIdentity = (manifests: Manifest[]): Record<string, Manifest> =>
  Object.fromEntries(manifests.map((manifest) => [identity(manifest), manifest]))

/** A folder of these files, gone after the test. */
const folderWith = (files: Record<string, string>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'kustomize-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}

describe('the folders', () => {
  it('are the base and the overlays that the README speaks of', () => {
    const readme = readFileSync(join(K8S, 'README.md'), 'utf8')
    expect(FOLDERS.filter((folder) => !readme.includes(`\`${folder}\``))).toEqual([])
  })

  it.runIf(kubectl).each(FOLDERS)('%s is built here as kubectl kustomize builds it', (folder) => {
    const output = execFileSync('kubectl', ['kustomize', join(K8S, folder)], { encoding: 'utf8' })
    const theirs = parseAllDocuments(output).map((document) => document.toJS() as Manifest)
    expect(byIdentity(named(folder).manifests)).toEqual(byIdentity(theirs))
  })

  it('hold no file that nothing lists', () => {
    const yaml = readdirSync(K8S, { recursive: true, encoding: 'utf8' }).filter(
      (path) =>
        /^(?:base|components|overlays)\//u.test(path) && /\.\w+$/u.test(path) && !path.endsWith('kustomization.yaml'),
    )
    const unlisted = yaml.filter((path) => {
      const [, folder = '', file = ''] = /^(.*)\/([^/]+)$/u.exec(path) ?? []
      return !readFileSync(join(K8S, folder, 'kustomization.yaml'), 'utf8').includes(` ${file}\n`)
    })
    expect(yaml.length).toBeGreaterThan(10)
    expect(unlisted).toEqual([])
  })
})

describe('the base', () => {
  it('is what k8s-cloud-communal.yaml says; if not: k8s/README.md, "Changing the manifests"', () => {
    expect(byIdentity(parse(join(K8S, 'k8s-cloud-communal.yaml')))).toEqual(byIdentity(named('base').manifests))
  })

  it('can be read by zero-drop, which rolls it out on one machine', () => {
    const { deployment, service, containerPort } = readManifests(join(K8S, 'base'))
    expect(deployment).toMatchObject({ replicas: 3, strategy: { maxSurge: 1, maxUnavailable: 0 }, minReadySeconds: 10 })
    expect(service.ports[0]?.nodePort).toBe(30_080)
    expect(containerPort).toBe(18_080)
  })
})

describe('each of them', () => {
  it.each(shipped)('$folder is in the namespace of the tutorial, and says what revision it makes', (one) => {
    for (const { kind, metadata } of one.manifests) {
      expect([kind, metadata.namespace]).toEqual([kind, kind === 'Namespace' ? undefined : 'cloud'])
    }
    const cause = one.deployment.metadata.annotations?.['kubernetes.io/change-cause']
    const source = PRODUCTION_WITH.includes(one.folder) ? 'overlays/production' : one.folder
    expect(cause).toContain(`${one.container.image.split(':').at(-1)} from k8s/${source} `)
  })
})

describe('what builds them here', () => {
  it('refuses what it would not build as kustomize does', () => {
    expect(() => build(folderWith({ 'kustomization.yaml': 'resources: []\nnamePrefix: a-\n' }))).toThrow(/namePrefix/u)
    const patch = 'kind: Deployment\napiVersion: apps/v1\nmetadata: {name: other, namespace: cloud}\n'
    const folder = folderWith({ 'kustomization.yaml': 'patches: [{path: patch.yaml}]\n', 'patch.yaml': patch })
    expect(() => build(folder)).toThrow(/no apps\/v1\/Deployment\/cloud\/other to patch/u)
  })

  it('does not take a key that is there twice', () => {
    const folder = folderWith({ 'kustomization.yaml': 'resources: []\nresources: []\n' })
    expect(() => build(folder)).toThrow(/unique/u)
  })
})
