import { isFields, labels } from '../model/values.js'
import { selectorMatches } from '../model/selector.js'
import type { Problem, Rule } from '../rule.js'

export const selectorMismatch: Rule = {
  id: 'selector-mismatch',
  severity: 'error',
  title: 'The selector does not select the pods of its own template',
  why: 'The API server refuses the workload, so the new version is never rolled out.',
  sameAs: [
    'kube-linter mismatching-selector',
    'kube-score deployment-pod-selector-labels-match-template-metadata-labels',
    'kube-score statefulset-pod-selector-labels-match-template-metadata-labels',
  ],
  example: {
    wrong: `kind: Deployment
spec:
  selector:
    matchLabels:
      app: store`,
    right: `kind: Deployment
spec:
  selector:
    matchLabels:
      app: shop`,
  },
  *check(world): Iterable<Problem> {
    for (const { object, kind, templatePath } of world.rolled) {
      const selector = object.get('spec', 'selector')
      if (!isFields(selector) || !object.has(templatePath)) continue
      const podLabels = labels(object.get(...templatePath, 'metadata', 'labels'))
      const query = kind === 'DeploymentConfig' ? { matchLabels: selector } : selector
      if (selectorMatches(query, podLabels)) continue
      yield {
        object,
        path: ['spec', 'selector'],
        message: 'spec.selector does not match the labels of the pod template: the API server refuses the object',
        instead: 'the same labels in spec.selector and in spec.template.metadata.labels',
      }
    }
  },
}
