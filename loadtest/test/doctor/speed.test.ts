import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { examine } from '../../src/doctor/examine.ts'
import type { KubeObject } from '../../src/doctor/model/kube-object.ts'
import { objectsOf, RIGHT } from './fixtures/manifest.ts'

/** Many services with findings, each with a budget, a Service and an Ingress, all in one namespace. */
function services(count: number): readonly KubeObject[] {
  const [deployment = '', ...others] = RIGHT.replace('replicas: 3', 'replicas: 1').split('---\n')
  const scaler = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'shop', namespace: 'shop' },
    spec: { minReplicas: 1, maxReplicas: 5, scaleTargetRef: { kind: 'Deployment', name: 'shop' } },
  }
  const text = [deployment, ...others, stringify(scaler)].join('---\n')
  const all = Array.from({ length: count }, (_, index) =>
    text.replaceAll(/\bname: shop\b/gu, `name: shop-${index}`).replaceAll('app: shop', `app: shop-${index}`),
  )
  return objectsOf(all.join('---\n'))
}

/** The number of fields of objects that a check reads. */
function readsOf(objects: readonly KubeObject[]): number {
  let reads = 0
  const counted = objects.map(
    (object) =>
      new Proxy(object, {
        get: (target, key) => {
          reads++
          const value: unknown = Reflect.get(target, key, target)
          return typeof value === 'function' ? (value.bind(target) as unknown) : value
        },
      }),
  )
  const { findings } = examine(counted)
  expect(findings.length).toBeGreaterThanOrEqual(objects.length / 4)
  return reads
}

describe('the work of the doctor', () => {
  it('is twice as much for twice as many objects', () => {
    const [one, two] = [readsOf(services(40)), readsOf(services(80))]
    expect(two / one).toBeLessThan(2.2)
  })

  it('is not more for the objects of a List than for documents', () => {
    const items = services(60)
    const list = { apiVersion: 'v1', kind: 'List', items: items.map(({ body }) => body) }
    const inList = objectsOf(stringify(list))
    // The comments of an object are in its own lines.
    const lines = inList.reduce((sum, object) => sum + object.lastLine - (object.linesOf([])[0] ?? 0), 0)
    expect(lines).toBeLessThanOrEqual(stringify(list).split('\n').length)
    expect(readsOf(inList)).toBeLessThan(readsOf(items) * 1.1)
  })
})
