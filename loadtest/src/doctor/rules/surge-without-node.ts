import type { Workload } from '../model/workload.js'
import { fields, list, text } from '../model/values.js'
import { selectorMatches } from '../model/selector.js'
import type { Problem, Rule, Severity } from '../rule.js'
import type { Path } from '../model/values.js'
import { count, served, severe } from './served.js'

export const surgeWithoutNode: Rule = {
  id: 'surge-without-node',
  severity: 'warning',
  title: 'A new pod needs a node without an old pod',
  why:
    'Two pods with the same port of the host, or with a required anti-affinity, cannot share a node. A surge pod then needs a free node: ' +
    'replicas + maxSurge nodes. Without one, the rollout waits for ever, or an old pod goes before there is a new one.',
  sameAs: ['kube-linter host-network', 'Polaris hostNetworkSet', 'Polaris hostPortSet'],
  sources: ['https://kubernetes.io/docs/concepts/configuration/overview/'],
  example: {
    wrong: `kind: Deployment
spec:
  template:
    spec:
      hostNetwork: true`,
    right: `kind: Deployment
spec:
  strategy:
    rollingUpdate:
      maxSurge: 0
      maxUnavailable: 1
  template:
    spec:
      hostNetwork: true`,
  },
  *check(world): Iterable<Problem> {
    for (const { workload, traffic } of served(world)) {
      const { object, kind } = workload
      const found = world.replacementOf(workload)
      if (found?.type !== 'rolling' || found.maxSurge === 0 || kind === 'DaemonSet') continue
      const bound = boundToNode(workload)
      if (bound === undefined) continue
      const replicas = world.replicasOf(workload)
      const nodes = replicas + found.maxSurge
      if (world.nodes !== undefined && world.nodes >= nodes) continue
      yield {
        object,
        path: bound.path,
        message:
          `${bound.reason}: a rollout needs ${count(nodes, 'node')} (${replicas} + maxSurge ${found.maxSurge})` +
          (world.nodes === undefined ? '' : `, and the cluster has ${world.nodes}`) +
          (found.maxUnavailable === 0
            ? '; without a free node it waits for ever'
            : '; without a free node an old pod goes before the new one is ready'),
        instead: bound.instead,
        severity: severe(traffic, bound.severity),
      }
    }
  },
}

interface Bound {
  readonly path: Path
  readonly reason: string
  readonly instead: string
  readonly severity: Severity
}

/** Returns why two pods of a workload cannot share a node, or undefined if they can. */
export function boundToNode({ pod, podPath, running, labels }: Workload): Bound | undefined {
  const instead = 'no host port; or maxSurge: 0 and maxUnavailable: 1 with two or more replicas'
  if (pod['hostNetwork'] === true) {
    const reason = "hostNetwork takes the pod's ports from the node"
    return { path: [...podPath, 'hostNetwork'], reason, instead, severity: 'warning' }
  }
  for (const { path, ports } of running) {
    const index = ports.findIndex(({ hostPort }) => hostPort !== undefined && hostPort > 0)
    if (index === -1) continue
    const reason = `hostPort ${ports[index]?.hostPort} is a port of the node`
    return { path: [...path, 'ports', index, 'hostPort'], reason, instead, severity: 'warning' }
  }
  const required = ['affinity', 'podAntiAffinity', 'requiredDuringSchedulingIgnoredDuringExecution']
  const terms = list(
    fields(fields(pod['affinity'])['podAntiAffinity'])['requiredDuringSchedulingIgnoredDuringExecution'],
  )
  const index = terms.findIndex((term) => {
    const { topologyKey, labelSelector, matchLabelKeys } = fields(term)
    const perVersion = list(matchLabelKeys).includes('pod-template-hash')
    return text(topologyKey) === 'kubernetes.io/hostname' && !perVersion && selectorMatches(labelSelector, labels)
  })
  if (index === -1) return undefined
  return {
    path: [...podPath, ...required, index],
    reason: 'the required anti-affinity keeps a new pod off the nodes of old ones',
    instead: 'matchLabelKeys: [pod-template-hash], or preferredDuringSchedulingIgnoredDuringExecution',
    severity: 'info',
  }
}
