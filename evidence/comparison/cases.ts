export type Side = 'local' | 'kubernetes'

/** One scenario with one service, to be run on both sides. */
export interface Case {
  readonly scenario: string
  readonly service: 'graceful' | 'naive'
}

/** In an order in which each leaves the cluster as the next one needs it: `undo` goes back from what `set-image` rolled to. */
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

/** Where the cluster is, and what it rolls to. */
export interface ClusterOptions {
  readonly image: string
  readonly namespace: string
  readonly urls: readonly string[]
}

/** The command line of `zero-drop` for one case on one side. */
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
      ? // As many nodes as the cluster has, with its kube-proxies.
        ['--nodes', String(cluster.urls.length), '--propagation', 'sync-1s']
      : ['--namespace', cluster.namespace, ...cluster.urls.flatMap((url) => ['--url', url]), ...image]),
  ]
}
