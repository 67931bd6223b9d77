/** A node of the local target. */
export interface Node {
  readonly name: string
  /** The source address of the node's load balancer and of its probes. */
  readonly address: string
}
