import type { Pod } from '../pods/pod.js'

/**
 * The nodes that pods are placed on. On one machine a node is no more than a name: it says which pods a drain evicts. Each
 * has a load balancer, as each node has its kube-proxy, and keeps it while it is drained.
 */
export class Nodes {
  readonly names: readonly string[]
  readonly #cordoned = new Set<string>()

  constructor(count: number) {
    this.names = Array.from({ length: count }, (_, index) => `node-${index + 1}`)
  }

  /** No new pod comes here. */
  cordon(node: string): void {
    this.#cordoned.add(node)
  }

  /**
   * Where the next pod goes: the node with the fewest pods of the service, as a scheduler that spreads them.
   *
   * Source: `podtopologyspread` in kubernetes `pkg/scheduler/framework/plugins`.
   */
  place(pods: readonly Pod[]): string {
    const free = this.names.filter((name) => !this.#cordoned.has(name))
    const [first] = (free.length > 0 ? free : this.names)
      .map((name) => ({ name, count: on(name, pods).length }))
      .toSorted((a, b) => a.count - b.count)
    return first?.name ?? ''
  }

  /** The node with the most pods of the service. */
  busiest(pods: readonly Pod[]): string {
    const [first] = this.names
      .map((name) => ({ name, count: on(name, pods).length }))
      .toSorted((a, b) => b.count - a.count)
    return first?.name ?? ''
  }
}

/** The pods of a node that are not terminating. */
export const on = (node: string, pods: readonly Pod[]): Pod[] => pods.filter((pod) => pod.node === node && !pod.deleted)
