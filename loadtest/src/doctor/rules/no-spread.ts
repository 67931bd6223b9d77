import { selectorMatches } from '../model/selector.js'
import { fields, list, text } from '../model/values.js'
import type { Workload } from '../model/workload.js'
import type { Problem, Rule } from '../rule.js'
import { served } from './served.js'

export const noSpread: Rule = {
  id: 'no-spread',
  severity: 'info',
  title: 'Nothing spreads the pods over nodes',
  why:
    'The scheduler may put all pods on one node, as long as it does not look too uneven. A drain or the loss of that node then takes the ' +
    'whole service.',
  sameAs: [
    'kube-linter no-anti-affinity',
    'kube-score deployment-has-host-podantiaffinity',
    'kube-score statefulset-has-host-podantiaffinity',
    'Polaris topologySpreadConstraint',
  ],
  sources: ['https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/'],
  example: {
    wrong: `kind: Deployment
spec:
  template:
    spec:
      topologySpreadConstraints: null`,
    right: `kind: Deployment
spec:
  template:
    spec:
      topologySpreadConstraints:
        - topologyKey: kubernetes.io/hostname
          maxSkew: 1
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              app: shop`,
  },
  *check(world): Iterable<Problem> {
    for (const { workload } of served(world)) {
      const { object, kind, podPath, labels } = workload
      if (kind === 'DaemonSet' || world.replicasOf(workload) < 2 || isSpread(workload)) continue
      // The pods of a Rollout can be those of another object: `workloadRef`.
      if (!object.has(podPath)) continue
      // A port of the host keeps two pods off one node.
      if (workload.pod['hostNetwork'] === true) continue
      yield {
        object,
        path: podPath,
        message:
          'nothing spreads the pods over nodes (no topologySpreadConstraints, no anti-affinity): the drain of one node may end all of them',
        instead: 'topologySpreadConstraints over kubernetes.io/hostname',
        edits: [
          {
            object,
            path: [...podPath, 'topologySpreadConstraints'],
            value: [
              {
                topologyKey: 'kubernetes.io/hostname',
                maxSkew: 1,
                whenUnsatisfiable: 'ScheduleAnyway',
                labelSelector: { matchLabels: labels },
              },
            ],
          },
        ],
      }
    }
  },
}

function isSpread({ pod, labels, object }: Workload): boolean {
  if (list(pod['topologySpreadConstraints']).length > 0) return true
  const antiAffinity = fields(fields(pod['affinity'])['podAntiAffinity'])
  const required = list(antiAffinity['requiredDuringSchedulingIgnoredDuringExecution'])
  const preferred = list(antiAffinity['preferredDuringSchedulingIgnoredDuringExecution'])
  const terms = [...required, ...preferred.map((each) => fields(each)['podAffinityTerm'])]
  return terms.some((term) => {
    const { namespaces, labelSelector, topologyKey } = fields(term)
    const named = list(namespaces)
    const here = named.length === 0 || object.namespace === undefined || named.includes(object.namespace)
    return here && text(topologyKey) !== undefined && selectorMatches(labelSelector, labels)
  })
}
