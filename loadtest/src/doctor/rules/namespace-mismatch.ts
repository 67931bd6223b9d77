import type { KubeObject } from '../model/kube-object.js'
import { selectorMatches } from '../model/selector.js'
import { fields, labels } from '../model/values.js'
import type { Workload } from '../model/workload.js'
import type { World } from '../model/world.js'
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
    const referring: readonly (readonly [KubeObject, readonly Workload[]])[] = [
      ...world.services.map(({ object, selector }) => [object, selected(world, selector)] as const),
      ...world
        .ofKind('PodDisruptionBudget')
        .map((object) => [object, selectedBy(world, object.get('spec', 'selector'))] as const),
    ]
    for (const [object, matching] of referring) {
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

/** An empty selector of a Service selects nothing. */
const selected = (world: World, selector: Readonly<Record<string, string>>): readonly Workload[] =>
  Object.keys(selector).length === 0 ? [] : world.withLabels(selector)

function selectedBy(world: World, selector: unknown): readonly Workload[] {
  if (Object.keys(fields(selector)).length === 0) return []
  return world
    .withLabels(labels(fields(selector)['matchLabels']))
    .filter((each) => selectorMatches(selector, each.labels))
}
