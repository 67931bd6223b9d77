import { createRandom } from '../../../base/random.js'
import { createBalancer, type Balancer, type RefusedConnection } from './balancer.js'
import type { Endpoints } from './endpoints.js'
import { createPropagationDelay, type Propagation } from './propagation.js'

export interface OpenBalancersOptions {
  /** The nodes, each with a load balancer of its own. */
  readonly nodes: readonly string[]
  readonly endpoints: Endpoints
  readonly seed: number
  readonly propagation: Propagation | undefined
  readonly onRefused: ((connection: RefusedConnection) => void) | undefined
}

/** Opens a load balancer on each node and subscribes it to the endpoints. */
export async function openBalancers(options: OpenBalancersOptions): Promise<readonly Balancer[]> {
  const { nodes, endpoints, seed, propagation, onRefused } = options
  const balancers = await Promise.all(
    nodes.map((_, index) => createBalancer(createRandom(seed, 'balancer', String(index)), onRefused)),
  )
  for (const [index, balancer] of balancers.entries()) {
    const random = createRandom(seed, 'propagation', String(index))
    endpoints.subscribe(balancer, createPropagationDelay(random, propagation))
  }
  return balancers
}
