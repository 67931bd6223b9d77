import { HarnessError } from '../../../base/errors.js'
import type { Node } from '../node.js'
import type { Pod } from '../pods/pod.js'

/**
 * The nodes of the pods. On one machine a node is only a name, which decides which pods a drain evicts, and a source address. Each
 * node has a load balancer in place of kube-proxy, and keeps it during a drain.
 */
export class Nodes {
  readonly all: readonly Node[]
  readonly #cordoned = new Set<string>()

  /** Creates one node for each address. */
  constructor(addresses: readonly string[]) {
    this.all = addresses.map((address, index) => ({ name: `node-${index + 1}`, address }))
  }

  /** Keeps new pods off a node. */
  cordon(node: string): void {
    this.#cordoned.add(node)
  }

  /**
   * Returns the node of the next pod: the one with the fewest pods, as for a scheduler that spreads pods.
   *
   * Source: `podtopologyspread` in kubernetes `pkg/scheduler/framework/plugins`.
   */
  place(pods: readonly Pod[]): Node {
    const free = this.all.filter(({ name }) => !this.#cordoned.has(name))
    const [first] = (free.length > 0 ? free : this.all)
      .map((node) => ({ node, count: podsOn(node.name, pods).length }))
      .toSorted((a, b) => a.count - b.count)
    if (first === undefined) throw new HarnessError('there is no node for a pod')
    return first.node
  }

  /** Returns the node with the most pods. */
  busiest(pods: readonly Pod[]): string {
    const [first] = this.all
      .map(({ name }) => ({ name, count: podsOn(name, pods).length }))
      .toSorted((a, b) => b.count - a.count)
    return first?.name ?? ''
  }
}

/** Returns the pods of a node that are not terminating. */
export const podsOn = (node: string, pods: readonly Pod[]): Pod[] =>
  pods.filter((pod) => pod.node === node && !pod.deleted)
