import { hasAll, selectorMatches } from '../model/selector.js'
import type { Problem, Rule } from '../rule.js'

export const namespaceMismatch: Rule = {
  id: 'namespace-mismatch',
  severity: 'error',
  title: 'A Service or a budget is in another namespace than its pods',
  why: 'Selectors work within one namespace. The Service has no endpoints, and the budget protects nothing.',
  sameAs: [
    'kube-linter dangling-service',
    'kube-score service-targets-pod',
    'kube-score deployment-has-poddisruptionbudget',
  ],
  example: {
    wrong: `kind: Service
metadata:
  namespace: default`,
    right: `kind: Service
metadata:
  namespace: shop`,
  },
  *check(world): Iterable<Problem> {
    const referring = [
      ...world.services.map(({ object, selector }) => ({
        object,
        selects: (pod: Readonly<Record<string, string>>) => hasAll(selector, pod),
      })),
      ...world.ofKind('PodDisruptionBudget').map((object) => ({
        object,
        selects: (pod: Readonly<Record<string, string>>) =>
          Object.keys((object.get('spec', 'selector') as object | undefined) ?? {}).length > 0 &&
          selectorMatches(object.get('spec', 'selector'), pod),
      })),
    ]
    for (const { object, selects } of referring) {
      const matching = world.workloads.filter(({ labels }) => selects(labels))
      const [other] = matching
      if (other === undefined || matching.some((workload) => world.near(workload.object, object))) continue
      // The same label in two namespaces, each with its own objects, is usual. Here nothing is in this namespace.
      yield {
        object,
        path: ['metadata', 'namespace'],
        message: `the selector matches ${other.object.title}, but this ${object.kind} is in namespace ${object.namespace} and selects nothing there`,
        instead: `namespace: ${other.object.namespace}`,
        severity: object.kind === 'Service' ? 'error' : 'warning',
      }
    }
  },
}
