import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { examineAll } from '../../src/doctor/examine.ts'
import { fix, textOf } from '../../src/doctor/fix/fix.ts'
import { groupsOf } from '../../src/doctor/group.ts'
import { readInputs } from '../../src/doctor/input/read-inputs.ts'
import { folder, write } from './fixtures/folder.ts'
import { RIGHT } from './fixtures/manifest.ts'

const read = () => readInputs([join(folder, 'overlay')], folder)

/** The place of the finding of a rule in the overlay. */
function placeOf(rule: string): string | undefined {
  const { inputs, notRead } = read()
  expect(notRead).toEqual([])
  const found = examineAll(groupsOf(inputs)).findings.find((each) => each.rule.id === rule)
  return found === undefined ? undefined : `${found.place.file}:${found.place.line}:${found.place.column}`
}

const overlay = (text: string): string => write('overlay/kustomization.yaml', `resources: [../base]\n${text}`)
const HEAD = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: shop, namespace: shop }\nspec:\n'
const lineOf = (part: string): number => RIGHT.split('\n').findIndex((line) => line.includes(part)) + 1

describe('a finding of a kustomization', () => {
  beforeEach(() => {
    write('base/kustomization.yaml', 'resources: [shop.yaml]\n')
    write('base/shop.yaml', RIGHT)
  })

  it.each([
    [
      'an inline patch',
      'patches:\n  - target: { kind: Deployment }\n    patch: |\n      apiVersion: apps/v1\n      kind: Deployment\n      metadata: { name: any }\n      spec:\n        revisionHistoryLimit: 0\n',
      'overlay/kustomization.yaml:9:9',
    ],
    [
      'the last of several patches',
      `patches:\n  - path: a.yaml\n  - patch: |-\n\n      # a comment\n      ${HEAD.replaceAll('\n', '\n      ')}  revisionHistoryLimit: 0\n`,
      'overlay/kustomization.yaml:11:9',
    ],
    [
      'a patch in patchesStrategicMerge',
      `patchesStrategicMerge:\n  - |-\n    ${HEAD.replaceAll('\n', '\n    ')}  revisionHistoryLimit: 0\n`,
      'overlay/kustomization.yaml:8:7',
    ],
    [
      'an inline list of operations',
      'patches:\n  - target: { kind: Deployment, name: sh.* }\n    patch: |-\n      - op: test\n        path: /kind\n        value: Deployment\n      - op: replace\n        path: /spec/revisionHistoryLimit\n        value: 0\n',
      'overlay/kustomization.yaml:10:9',
    ],
    [
      'operations as JSON on one line',
      `patchesJson6902:\n  - target: { group: apps, version: v1, kind: Deployment, name: shop }\n    patch: '[{"op":"replace","path":"/spec/revisionHistoryLimit","value":0}]'\n`,
      'overlay/kustomization.yaml:4:5',
    ],
    [
      'a file with operations',
      'patches:\n  - target: { kind: Deployment }\n    path: operations.yaml\n',
      'overlay/operations.yaml:4:3',
    ],
    ['a component', 'components: [../component]\n', 'component/kustomization.yaml:10:11'],
    [
      'a patch of a renamed object',
      'namePrefix: my-\nnameSuffix: -x\npatches:\n  - path: zero.yaml\n',
      'overlay/zero.yaml:5:3',
    ],
  ])('has the place of %s', (_, text, place) => {
    write('overlay/a.yaml', `${HEAD}  revisionHistoryLimit: 5\n`)
    write('overlay/zero.yaml', `${HEAD}  revisionHistoryLimit: 0\n`)
    write('overlay/operations.yaml', '# operations\n- op: add\n  path: /spec/revisionHistoryLimit\n  value: 0\n')
    write(
      'component/kustomization.yaml',
      'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n  - target: { kind: Deployment }\n    patch: |\n' +
        '        apiVersion: apps/v1\n        kind: Deployment\n        metadata: { name: x }\n        spec:\n          revisionHistoryLimit: 0\n',
    )
    overlay(text)
    expect(placeOf('revision-history')).toBe(place)
  })

  it('has the place of replicas and of images', () => {
    overlay('images:\n  - name: registry.example/shop\n    newTag: latest\nreplicas:\n  - name: shop\n    count: 1\n')
    expect(placeOf('mutable-tag')).toBe('overlay/kustomization.yaml:4:5')
    expect(placeOf('single-replica')).toBe('overlay/kustomization.yaml:7:5')
  })

  it('has the place in the base for a field that the patch does not set', () => {
    const container =
      '  template:\n    spec:\n      containers:\n        - name: shop\n          imagePullPolicy: Always\n'
    overlay('patches:\n  - path: patch.yaml\n')
    write('overlay/patch.yaml', `${HEAD}  revisionHistoryLimit: 0\n${container}`)
    write('base/shop.yaml', RIGHT.replace(':v1.2.0', ':latest'))
    expect(placeOf('mutable-tag')).toMatch(`base/shop.yaml:${lineOf(':v1.2.0')}:`)
    write('base/shop.yaml', RIGHT.replace(/ {10}readinessProbe:\n(?: {12,}.*\n)+/u, ''))
    expect(placeOf('no-readiness-probe')).toMatch(`base/shop.yaml:${lineOf('- name: shop')}:`)
  })

  it('has the place of the patch that removes a field', () => {
    overlay('patches:\n  - path: patch.yaml\n')
    write('overlay/patch.yaml', `${HEAD}  replicas: null\n`)
    expect(placeOf('single-replica')).toBe('overlay/patch.yaml:5:3')
    write('overlay/patch.yaml', '- op: remove\n  path: /spec/replicas\n')
    overlay('patches:\n  - path: patch.yaml\n    target: { kind: Deployment }\n')
    expect(placeOf('single-replica')).toBe('overlay/patch.yaml:1:3')
  })

  it('finds a container that a patch has moved', () => {
    const sidecar = '        - name: proxy\n          image: proxy:v1\n          ports: []\n'
    overlay('patches:\n  - path: patch.yaml\n')
    write('overlay/patch.yaml', `${HEAD}  template:\n    spec:\n      containers:\n${sidecar}`)
    write('base/shop.yaml', RIGHT.replace(':v1.2.0', ':latest'))
    expect(placeOf('mutable-tag')).toMatch(`base/shop.yaml:${lineOf(':v1.2.0')}:`)
  })

  it('about the object itself has the place of the object', () => {
    write('base/shop.yaml', RIGHT.split('---\n').slice(0, 2).join('---\n'))
    write('overlay/patch.yaml', `${HEAD}  revisionHistoryLimit: 5\n`)
    overlay('namePrefix: my-\npatches:\n  - path: patch.yaml\n')
    expect(placeOf('no-pdb')).toMatch(/^base\/shop\.yaml:/u)
  })

  it('is not corrected in the rendered text, which is not a file', () => {
    overlay('replicas:\n  - name: shop\n    count: 1\n')
    const { inputs } = read()
    const { corrected, left, inputs: after, uncorrected } = fix(inputs, {})
    expect(corrected).toBe(0)
    expect(left.findings.length).toBeGreaterThan(0)
    expect(after.map((input) => textOf(input))).toEqual(inputs.map((input) => textOf(input)))
    expect(uncorrected).toEqual(['overlay is made by kustomize from several files: correct the places of the findings'])
  })
})
