import { describe, expect, test } from 'vitest'
import type { PodTemplate, Service, Workload } from '../../../../src/targets/kubernetes/api/objects.js'
import {
  matches,
  nodePortOf,
  selectingLabels,
  twinName,
  twinService,
  twinTemplate,
} from '../../../../src/targets/kubernetes/twin/twin-objects.js'

const labels = { app: 'shop', tier: 'front', 'istio.io/rev': 'stable' }
const affine = (selector: object): object => ({
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { labelSelector: selector, topologyKey: 'kubernetes.io/hostname' },
    ],
  },
})
const template = {
  metadata: { labels },
  spec: {
    affinity: affine({ matchLabels: { app: 'shop' } }),
    topologySpreadConstraints: [
      { labelSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['shop'] }] } },
      { labelSelector: { matchLabels: { app: 'other' } } },
    ],
    containers: [
      { name: 'web', image: 'shop:v1', command: ['node'], args: ['main.js'] },
      { name: 'proxy', image: 'proxy:v1', args: ['-v'] },
    ],
  },
} as unknown as PodTemplate
const deployment: Workload = {
  metadata: { name: 'shop' },
  spec: { selector: { matchLabels: { app: 'shop' } }, template },
}
const service = (name: string, selector: Record<string, string>, nodePort?: number): Service => ({
  metadata: { name },
  spec: { type: 'NodePort', selector, ports: [{ port: 80, ...(nodePort === undefined ? {} : { nodePort }) }] },
})

describe('the twin’s pods', () => {
  const services = [service('shop', { tier: 'front' }), service('other', { 'istio.io/rev': 'canary' })]
  const selecting = selectingLabels(deployment, services)

  test('lose the labels that select the pods of the original, and keep the others', () => {
    expect(selecting).toEqual(new Set(['app', 'tier']))
    const made = twinTemplate(template, { name: 'twin', container: 'web', selecting })
    expect(made.metadata?.labels).toEqual({ 'istio.io/rev': 'stable', 'zero-drop/twin': 'twin' })
    for (const { spec } of services)
      expect(matches({ matchLabels: spec.selector ?? {} }, made.metadata?.labels ?? {})).toBe(false)
  })

  test('have affinity rules about each other, not about the original', () => {
    const { spec } = twinTemplate(template, { name: 'twin', container: 'web', selecting })
    const own = { matchLabels: { 'zero-drop/twin': 'twin' } }
    expect(spec).toMatchObject({
      affinity: affine(own),
      topologySpreadConstraints: [{ labelSelector: own }, { labelSelector: { matchLabels: { app: 'other' } } }],
    })
  })

  test('change the command or the image of one container only', () => {
    const other = twinTemplate(template, {
      name: 'twin',
      container: 'web',
      command: ['naive'],
      image: 'shop:naive',
      selecting,
    })
    expect(other.spec.containers).toEqual([
      { name: 'web', image: 'shop:naive', command: ['naive'] },
      { name: 'proxy', image: 'proxy:v1', args: ['-v'] },
    ])
    const same = twinTemplate(template, { name: 'twin', container: 'web', image: 'shop:naive', selecting })
    expect(same.spec.containers[0]).toEqual({ name: 'web', image: 'shop:naive', command: ['node'], args: ['main.js'] })
  })
})

test('the Service has its own node ports and the behaviour of the original', () => {
  const original = service('shop', { app: 'shop' }, 30_080)
  const made = JSON.parse(
    JSON.stringify(
      twinService(
        {
          ...original,
          spec: { ...original.spec, clusterIP: '10.0.0.1', externalTrafficPolicy: 'Local' } as Service['spec'],
        },
        'twin',
      ),
    ),
  ) as Service
  expect(made.spec).toEqual({
    externalTrafficPolicy: 'Local',
    type: 'NodePort',
    selector: { 'zero-drop/twin': 'twin' },
    ports: [{ port: 80 }],
  })
})

test('a URL matches a Service by its node port, and only one that selects the pods', () => {
  const services = [service('foreign', { app: 'x' }, 30_080), service('shop', { app: 'shop' }, 30_080)]
  expect(nodePortOf('http://10.0.0.1:30080', deployment, services)?.service.metadata.name).toBe('shop')
  expect(nodePortOf('http://10.0.0.1:30081', deployment, services)).toBeUndefined()
  expect(nodePortOf('http://shop.example.org', deployment, [service('shop', { app: 'shop' })])).toBeUndefined()
})

test('the name of the twin fits into a label', () => {
  expect(twinName('shop')).toBe('shop-zero-drop-twin')
  expect(twinName('x'.repeat(80)).length).toBe(63)
  expect(twinName(`${'x'.repeat(47)}-${'y'.repeat(20)}`)).toBe(`${'x'.repeat(47)}-zero-drop-twin`)
})
