import type { Problem, Rule } from '../rule.js'

export const serviceSelectsNothing: Rule = {
  id: 'service-selects-nothing',
  severity: 'error',
  title: 'The Service selects no pod',
  why: 'A Service without endpoints refuses every connection. After a rename of a label in the pod template, this begins with the rollout.',
  sameAs: ['kube-linter dangling-service', 'kube-score service-targets-pod'],
  sources: ['https://kubernetes.io/docs/concepts/services-networking/service/'],
  example: {
    wrong: `kind: Service
spec:
  selector:
    app: shop
    tier: web`,
    right: `kind: Service
spec:
  selector:
    app: shop`,
  },
  *check(world): Iterable<Problem> {
    if (world.isUnread('Rollout')) return
    for (const service of world.services) {
      const { object, selector, type } = service
      if (type === 'ExternalName' || Object.keys(selector).length === 0) continue
      const near = world.beside(object)
      // The pods may be in another input.
      if (near.length === 0 || world.workloadsOf(service).length > 0 || world.madeByOperator(object, selector)) continue
      // `namespace-mismatch` reports these.
      if (world.workloads.some(({ labels }) => Object.entries(selector).every(([key, value]) => labels[key] === value)))
        continue
      const wanted = Object.entries(selector).map(([key, value]) => `${key}=${value}`)
      const closest = near.toSorted((a, b) => overlap(b.labels, selector) - overlap(a.labels, selector))[0]
      const have = Object.entries(closest?.labels ?? {}).map(([key, value]) => `${key}=${value}`)
      yield {
        object,
        path: ['spec', 'selector'],
        message: `the selector ${wanted.join(',')} matches no pod in the input; ${closest?.object.title} has ${have.join(',') || 'no labels'}`,
        instead: 'the labels of the pod template',
        // Without a label in common, the pods are probably those of another input.
        severity: closest !== undefined && overlap(closest.labels, selector) > 0 ? 'error' : 'info',
      }
    }
  },
}

const overlap = (labels: Readonly<Record<string, string>>, selector: Readonly<Record<string, string>>): number =>
  Object.entries(selector).reduce((sum, [key, value]) => sum + (labels[key] === value ? 2 : key in labels ? 1 : 0), 0)
