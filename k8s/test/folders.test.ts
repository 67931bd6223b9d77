import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readManifests } from '../../loadtest/src/inputs/manifests/manifests.js'
import { renderedFile } from '../folders.mjs'
import { FOLDERS, K8S, parse } from './rendered.ts'
import { PRODUCTION_WITH, shipped } from './shipped.ts'

describe('the folders', () => {
  it('are all in the README', () => {
    const readme = readFileSync(join(K8S, 'README.md'), 'utf8')
    expect(FOLDERS.filter((folder) => !readme.includes(`\`${folder}\``))).toEqual([])
  })

  it('have no file that no kustomization lists', () => {
    const files = readdirSync(K8S, { recursive: true, encoding: 'utf8' }).filter(
      (path) =>
        /^(?:base|components|overlays)\//u.test(path) && /\.\w+$/u.test(path) && !path.endsWith('kustomization.yaml'),
    )
    const unlisted = files.filter((path) => {
      const [, folder = '', file = ''] = /^(.*)\/([^/]+)$/u.exec(path) ?? []
      return !readFileSync(join(K8S, folder, 'kustomization.yaml'), 'utf8').includes(` ${file}\n`)
    })
    expect(files.length).toBeGreaterThan(10)
    expect(unlisted).toEqual([])
  })
})

describe.each(shipped)('$folder', ({ folder, manifests, deployment, container }) => {
  it("puts every object into the tutorial's namespace", () => {
    for (const { kind, metadata } of manifests) {
      expect([kind, metadata.namespace]).toEqual([kind, kind === 'Namespace' ? undefined : 'cloud'])
    }
  })

  it('names its version and its folder in the CHANGE-CAUSE', () => {
    const cause = deployment.metadata.annotations?.['kubernetes.io/change-cause']
    const source = PRODUCTION_WITH.includes(folder) ? 'overlays/production' : folder
    expect(cause).toContain(`${/:(v[^@]+)/u.exec(container.image)?.[1]} from k8s/${source} `)
  })
})

describe('the rendered base', () => {
  it('can be read by zero-drop, which rolls it out on one machine', () => {
    const { deployment, service, containerPort } = readManifests(join(K8S, renderedFile('base')))
    expect(deployment).toMatchObject({ replicas: 3, strategy: { maxSurge: 1, maxUnavailable: 0 }, minReadySeconds: 10 })
    expect(service.ports[0]?.nodePort).toBe(30_080)
    expect(containerPort).toBe(18_080)
  })
})

describe('the parser of rendered files', () => {
  it('rejects a repeated key', () => {
    expect(() => parse('kind: Service\nkind: Deployment\n')).toThrow(/unique/u)
  })
})
