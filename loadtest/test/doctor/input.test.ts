import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { examineAll } from '../../src/doctor/examine.ts'
import { groupsOf } from '../../src/doctor/group.ts'
import { readInputs } from '../../src/doctor/input/read-inputs.ts'
import { parseObjects } from '../../src/doctor/model/parse.ts'
import { folder, write } from './fixtures/folder.ts'
import { findingsOf, placesOf, RIGHT } from './fixtures/manifest.ts'

/** @example `base/deployment.yaml:3 recreate` */
function found(...names: readonly string[]): string[] {
  const { inputs } = readInputs(
    names.map((name) => join(folder, name)),
    folder,
  )
  const { findings } = examineAll(groupsOf(inputs))
  return findings.map(({ place, rule }) => `${place.file}:${place.line} ${rule.id}`)
}

/** How Helm begins the output of a template. */
const head = (name: string): string => `---\n# Source: shop/${name}\n`

const [deployment = '', service = '', budget = ''] = RIGHT.split('---\n')
const wrong = deployment.replace('revisionHistoryLimit: 10', 'revisionHistoryLimit: 0')
const LINE = 10

describe('the input of the doctor', () => {
  it('has the line of the field, or of the nearest field above a missing one', () => {
    expect(placesOf(RIGHT.replace('revisionHistoryLimit: 10', 'revisionHistoryLimit: 0'))).toEqual([
      `${LINE} warning revision-history`,
    ])
    const second = `---\n${service}---\n${budget}---\n${wrong}`
    const offset = second.split('\n').findIndex((line) => line.includes('revisionHistoryLimit')) + 1
    expect(placesOf(second)).toEqual([`${offset} warning revision-history`])
    expect(placesOf(RIGHT.replace('  replicas: 3\n', ''))).toEqual(['7 warning single-replica'])
  })

  it('reads CRLF, a byte order mark, JSON and Lists, with their lines', () => {
    const text = RIGHT.replace('revisionHistoryLimit: 10', 'revisionHistoryLimit: 0')
    expect(placesOf(text.replaceAll('\n', '\r\n'))).toEqual([`${LINE} warning revision-history`])
    expect(placesOf(`\uFEFF${text}`)).toEqual([`${LINE} warning revision-history`])
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'a' },
          spec: { replicas: 1, revisionHistoryLimit: 0 },
        },
      ],
    }
    const json = JSON.stringify(list, null, 2)
    const line = json.split('\n').findIndex((each) => each.includes('revisionHistoryLimit')) + 1
    expect(placesOf(json)).toEqual([`${line} info revision-history`])
  })

  it('leaves out the pods of Helm hooks', () => {
    const pod =
      'apiVersion: v1\nkind: Pod\nmetadata:\n  name: test\n  namespace: shop\n  labels:\n    app: shop\n  annotations: {helm.sh/hook: test}\n' +
      'spec:\n  containers:\n    - name: wget\n      image: busybox\n'
    expect(placesOf(`${RIGHT}---\n${pod}`)).toEqual([])
    expect(placesOf(`${RIGHT}---\n${pod.replace('helm.sh/hook', 'other')}`)).not.toEqual([])
  })

  it('finds the field of Helm output in the templates of its chart', () => {
    const output = `${head('templates/service.yaml')}${service}${head('templates/deployment.yaml')}${wrong}${head('charts/db/templates/budget.yaml')}${budget}`
    write('rendered/shop.yaml', output)
    const line = output.split('\n').findIndex((each) => each.includes('revisionHistoryLimit')) + 1
    expect(found('rendered')).toEqual([`rendered/shop.yaml:${line} revision-history`])
    // The folder of a chart can have any name.
    write('deploy/chart/Chart.yaml', 'apiVersion: v2\nname: "shop"\n')
    write('deploy/chart/templates/deployment.yaml', `{{- if .Values.enabled }}\n${wrong}{{- end }}\n`)
    expect(found('rendered')).toEqual([`deploy/chart/templates/deployment.yaml:${LINE + 1} revision-history`])
  })

  it('reads objects that do not have the types of their schema', () => {
    for (const body of [
      'spec: 3',
      'spec: [1]',
      'spec: {template: {spec: {containers: 7}}}',
      'spec: {template: {spec: {containers: [1, null]}}}',
      'metadata: x',
    ]) {
      expect(() => findingsOf(`apiVersion: apps/v1\nkind: Deployment\n${body}\n`)).not.toThrow()
    }
    expect(parseObjects('', 'a')).toMatchObject({ objects: [] })
    expect(parseObjects('- 1\n---\nnull\n---\nkind: 3\n', 'a')).toMatchObject({ objects: [] })
  })

  it('joins the files of a folder, and of the folders in it', () => {
    write('a/deployment.yaml', wrong)
    write('a/b/service.yml', service)
    write('a/budget.yaml', budget)
    expect(found('a')).toEqual([`a/deployment.yaml:${LINE} revision-history`])
  })

  it('takes files that define the same object for variants', () => {
    // With the second budget, one replica of the first would look intended.
    write('v/one.yaml', RIGHT.replace('replicas: 3', 'replicas: 1'))
    write('v/two.yaml', RIGHT.replace('maxUnavailable: 1', 'maxUnavailable: 0'))
    expect(found('v')).toEqual(['v/one.yaml:8 single-replica', 'v/two.yaml:80 pdb-blocks-drain'])
  })

  it('finds what belongs to an object in one of the variants', () => {
    write('v/one.yaml', deployment)
    write('v/two.yaml', deployment.replaceAll('app: shop', 'app: shop-2'))
    write('v/rest.yaml', `${service}---\n${budget}`)
    // The labels of the second one are not those of the Service and of the budget, but those of the first one are.
    expect(found('v').filter((each) => each.startsWith('v/rest.yaml'))).toEqual([])
  })

  it('takes the pods of a Service for those of another input, unless workloads stand beside it', () => {
    write('a/deployment.yaml', deployment.replaceAll('app: shop', 'app: other'))
    write('b/service.yaml', service)
    expect(found('.').filter((each) => each.startsWith('b/'))).toEqual([])
    write(
      'b/deployment.yaml',
      deployment.replaceAll('app: shop', 'app: another').replace('name: shop', 'name: another'),
    )
    expect(found('.').filter((each) => each.startsWith('b/s'))).toEqual(['b/service.yaml:7 service-selects-nothing'])
  })

  it('knows the labels that a Rollout adds to its canaries', () => {
    const rollout = deployment
      .replace('apps/v1', 'argoproj.io/v1alpha1')
      .replace('kind: Deployment', 'kind: Rollout')
      .replace(
        '    type: RollingUpdate\n    rollingUpdate:\n',
        '    canary:\n      canaryMetadata:\n        labels:\n          role: canary\n',
      )
    const preview = service.replace('    app: shop\n', '    role: canary\n').replace('name: shop', 'name: preview')
    expect(placesOf(`${rollout}---\n${service}---\n${budget}---\n${preview}`)).toEqual([])
    expect(placesOf(`${rollout}---\n${service}---\n${budget}---\n${preview.replace('canary', 'other')}`)).toHaveLength(
      1,
    )
  })

  it('knows the pods of the experiments of a Rollout, and the selector that its controller changes', () => {
    const rollout = deployment
      .replace('apps/v1', 'argoproj.io/v1alpha1')
      .replace('kind: Deployment', 'kind: Rollout')
      .replace(
        '    type: RollingUpdate\n    rollingUpdate:\n',
        '    canary:\n      steps:\n        - setWeight: 20\n        - experiment:\n            templates:\n              - name: preview\n' +
          '                metadata:\n                  labels:\n                    app: shop-preview\n',
      )
    const live = service.replace('    app: shop\n', '    app: shop\n    rollouts-pod-template-hash: 6d5f8b7c9\n')
    const preview = service.replace('    app: shop\n', '    app: shop-preview\n').replace('name: shop', 'name: preview')
    expect(placesOf(`${rollout}---\n${live}---\n${budget}---\n${preview}`)).toEqual([])
  })

  it('prefers the workload of the same folder', () => {
    const text = RIGHT.replaceAll('  namespace: shop\n', '')
    const ingress =
      'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: shop\nspec:\n  ingressClassName: nginx\n' +
      '  defaultBackend:\n    service:\n      name: shop\n      port:\n        number: 80\n'
    const short = 'env:\n            - name: KEEP_ALIVE_TIMEOUT\n              value: "5"\n          ports:'
    // Both have the labels app=shop, but only the first one has a proxy in front.
    write('a/all.yaml', `${text}---\n${ingress}`)
    write('b/all.yaml', text.replaceAll('name: shop', 'name: store').replace('ports:', short))
    expect(found('.')).toEqual([])
  })

  it('leaves out templates and other YAML of a folder, and says so', () => {
    write('chart/templates/a.yaml', 'apiVersion: {{ .Values.a }}\n{{- if .x }}\n')
    write('chart/values.yaml', 'replicas: 1\n')
    write('chart/deployment.yaml', wrong)
    const { inputs, skipped } = readInputs([folder], folder)
    expect(inputs.map(({ name }) => name)).toEqual(['chart/deployment.yaml'])
    expect(skipped).toEqual([expect.stringMatching(/^chart\/templates\/a\.yaml:\d+ is not YAML, but a template$/u)])
  })

  it('finds the field of a rendered kustomization in its files', () => {
    write('base/kustomization.yaml', 'resources: [deployment.yaml, service.yaml, budget.yaml]\n')
    write('base/deployment.yaml', deployment)
    write('base/service.yaml', service)
    write('base/budget.yaml', budget)
    write('overlay/kustomization.yaml', 'resources: [../base]\npatches:\n  - path: patch.yaml\n')
    write(
      'overlay/patch.yaml',
      '# two lines\n# of comments\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop\n  namespace: shop\nspec:\n  revisionHistoryLimit: 0\n',
    )
    expect(found('overlay')).toEqual(['overlay/patch.yaml:9 revision-history'])
    write('base/deployment.yaml', deployment.replace('progressDeadlineSeconds: 120', 'progressDeadlineSeconds: 5'))
    expect(found('overlay')).toEqual([
      'base/deployment.yaml:11 progress-deadline',
      'overlay/patch.yaml:9 revision-history',
    ])
  })

  it('reads links to files, as a mounted ConfigMap has them, and follows no link to a folder', () => {
    write('data/shop.yaml', wrong)
    write('mounted/other.yaml', service)
    symlinkSync('../data/shop.yaml', join(folder, 'mounted/shop.yaml'))
    symlinkSync('missing.yaml', join(folder, 'mounted/broken.yaml'))
    symlinkSync('.', join(folder, 'mounted/again'))
    expect(found('mounted')).toContain(`mounted/shop.yaml:${LINE} revision-history`)
    expect(found('mounted').filter((each) => each.includes('revision-history'))).toHaveLength(1)
  })

  it('reads a kustomization that holds its patches itself', () => {
    write('base/kustomization.yaml', 'resources: [shop.yaml]\n')
    write('base/shop.yaml', wrong)
    const patch = `|
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: shop
        namespace: shop
        annotations:
          # ${'a name of a file has at most 255 characters '.repeat(6)}
          a: b`
    const inline = `  - patch: ${patch}\n`.repeat(12)
    write(
      'overlay/kustomization.yaml',
      `resources: [../base]\npatches:\n${inline}patchesStrategicMerge:\n  - ${patch}\n`,
    )
    expect(found('overlay')).toContain(`base/shop.yaml:${LINE} revision-history`)
  })

  it.each([
    ['no file', [], 'does not exist'],
    ['text', [['no file', 'just text\n']], 'holds no Kubernetes object'],
    ['YAML with an error', [['no file', 'a: [1\n']], 'is not YAML'],
    ['a template', [['no file', 'a: {{ .Values.a }}\nb: {{- if }}\n']], 'helm template'],
  ] as const)('refuses %s', (_, files, message) => {
    for (const [name, text] of files) write(name, text)
    expect(readInputs([join(folder, 'no file')], folder)).toMatchObject({
      inputs: [],
      notRead: [{ file: 'no file', reason: expect.stringContaining(message) as string }],
    })
  })

  it('reads the rest of a folder in which a kustomization or a manifest is broken', () => {
    write('k8s/good/deployment.yaml', wrong)
    write('k8s/bad/kustomization.yaml', 'resources:\n  - service.yaml\n  - missing.yaml\n')
    write('k8s/bad/service.yaml', service)
    write('k8s/broken.yaml', 'apiVersion: v1\nkind: Service\nspec: [1\n')
    write('k8s/notes.yaml', 'some: [text\n')
    const { inputs, notRead, skipped } = readInputs([join(folder, 'k8s'), join(folder, 'missing.yaml')], folder)
    expect(inputs.map(({ name }) => name)).toEqual(['k8s/good/deployment.yaml'])
    expect(skipped).toEqual(['k8s/notes.yaml:2 is not YAML'])
    expect(notRead).toEqual([
      {
        file: 'k8s/bad/kustomization.yaml',
        line: 3,
        reason: expect.stringMatching(/^cannot be rendered by '\w+ \w+': .*missing\.yaml.*$/u) as string,
      },
      { file: 'k8s/broken.yaml', line: 4, reason: expect.stringMatching(/^is not YAML: .*$/u) as string },
      { file: 'missing.yaml', line: 0, reason: expect.stringMatching(/^does not exist: /u) as string },
    ])
  })

  it('refuses a folder without an object', () => {
    write('docs/values.yaml', 'a: 1\n')
    expect(() => readInputs([join(folder, 'docs')], folder)).toThrow('holds no Kubernetes object')
  })
})
