export type Side = 'local' | 'kubernetes'

/** One scenario with one service, to run on both targets. */
export interface Case {
  readonly scenario: string
  readonly service: 'graceful' | 'naive'
}

/** In an order in which each case leaves the cluster as the next one needs it: `undo` reverts the rollout of `set-image`. */
export const CASES: readonly Case[] = [
  { scenario: 'set-image', service: 'graceful' },
  { scenario: 'undo', service: 'graceful' },
  { scenario: 'set-image', service: 'naive' },
  { scenario: 'restart', service: 'naive' },
  { scenario: 'delete-pod', service: 'graceful' },
  { scenario: 'delete-pod', service: 'naive' },
  { scenario: 'scale-down', service: 'graceful' },
  { scenario: 'drain-node', service: 'graceful' },
  { scenario: 'unpullable-image', service: 'graceful' },
  { scenario: 'crashing-image', service: 'graceful' },
  { scenario: 'kill', service: 'graceful' },
]

export const nameOf = ({ scenario, service }: Case): string => `${scenario}-${service}`

/** The addresses of the cluster's service, its namespace, and the image for `set-image`. */
export interface ClusterOptions {
  readonly image: string
  readonly namespace: string
  readonly urls: readonly string[]
}

/** Returns the command line of `zero-drop` for one case on one target. */
export function argumentsOf({ scenario, service }: Case, side: Side, cluster: ClusterOptions): string[] {
  const image = scenario === 'set-image' ? ['--image', cluster.image] : []
  return [
    'prove',
    '--target',
    side,
    '--scenario',
    scenario,
    ...(service === 'naive' ? ['--service', 'naive'] : ['--no-twin']),
    ...(side === 'local'
      ? // The same number of nodes and the same kube-proxy period as the cluster.
        ['--nodes', String(cluster.urls.length), '--propagation', 'sync-1s']
      : ['--namespace', cluster.namespace, ...cluster.urls.flatMap((url) => ['--url', url]), ...image]),
  ]
}
