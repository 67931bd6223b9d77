/** A connection as its load balancer saw it. */
export interface RefusedConnection {
  /** The base URL that the client used. */
  readonly through: string
  readonly clientPort: number
  /** Undefined where the balancer knew of no pod. */
  readonly pod: string | undefined
}

/** Connections that no pod took: they tell of a reset that it was a refusal, and whose. */
export interface Refusals {
  add(connection: RefusedConnection): void
  find(through: string, clientPort: number): RefusedConnection | undefined
}

const KEPT = 10_000

const key = (through: string, clientPort: number): string => `${through} ${clientPort}`

export function createRefusals(): Refusals {
  const known = new Map<string, RefusedConnection>()
  return {
    add: (connection) => {
      if (known.size < KEPT) known.set(key(connection.through, connection.clientPort), connection)
    },
    find: (through, clientPort) => known.get(key(through, clientPort)),
  }
}
