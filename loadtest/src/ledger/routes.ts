import type { RoutedConnection } from '../targets/target.js'

/** The pods that load balancers chose, for services whose answers do not name their pod. */
export interface Routes {
  add(connection: RoutedConnection): void
  /** Whether load balancers of this process send connections to pods. */
  readonly some: boolean
  /** Returns the pod of the last connection from this port. */
  podOf(through: string, clientPort: number): string | undefined
}

/** Grows with the ports of this machine, not with the connections of a run. */
export function createRoutes(): Routes {
  const known = new Map<string, Map<number, string>>()
  return {
    get some() {
      return known.size > 0
    },
    add: ({ through, clientPort, pod }) => {
      const ports = known.get(through) ?? new Map<number, string>()
      known.set(through, ports)
      ports.set(clientPort, pod)
    },
    podOf: (through, clientPort) => known.get(through)?.get(clientPort),
  }
}
