import { createRandom } from '../../../base/random.js'
import type { Node } from '../node.js'
import type { RefusedConnection, RoutedConnection } from '../../target.js'
import { createBalancer, type Balancer } from './balancer.js'
import type { Endpoints } from './endpoints.js'
import { createPropagationDelay, type Propagation } from './propagation.js'

export interface OpenBalancersOptions {
  /** The nodes, each with a load balancer of its own, which connects from the node's address. */
  readonly nodes: readonly Node[]
  readonly endpoints: Endpoints
  readonly seed: number
  readonly propagation: Propagation | undefined
  /** Whether the pods speak HTTPS: the load balancers pass it on, and their URLs begin with https. */
  readonly https: boolean
  readonly onRefused: ((connection: RefusedConnection) => void) | undefined
  readonly onRouted: ((connection: RoutedConnection) => void) | undefined
}

/** Opens a load balancer on each node and subscribes it to the endpoints. */
export async function openBalancers(options: OpenBalancersOptions): Promise<readonly Balancer[]> {
  const { nodes, endpoints, seed, propagation, onRefused, onRouted, https } = options
  const balancers = await Promise.all(
    nodes.map(({ address }, index) =>
      createBalancer(createRandom(seed, 'balancer', String(index)), { address, https, onRefused, onRouted }),
    ),
  )
  for (const [index, balancer] of balancers.entries()) {
    const random = createRandom(seed, 'propagation', String(index))
    endpoints.subscribe(balancer, createPropagationDelay(random, propagation))
  }
  return balancers
}
