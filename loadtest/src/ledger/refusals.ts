/** A connection as its load balancer saw it. */
export interface RefusedConnection {
  /** Epoch ms. */
  readonly at: number
  /** The base URL that the client used. */
  readonly through: string
  readonly clientPort: number
  /** Undefined where the balancer knew of no pod. */
  readonly pod: string | undefined
  /** The system's error code, as `ECONNREFUSED`, where a connection to the pod was tried. */
  readonly code?: string | undefined
}

/** Connections that no pod took: they tell of a reset that it was a refusal, and whose. */
export interface Refusals {
  add(connection: RefusedConnection): void
  /** The one of this port within this time (epoch ms): a port is used again. */
  find(through: string, clientPort: number, from: number, to: number): RefusedConnection | undefined
}

const KEPT = 10_000
/** The clocks of both ends are one, but their turns of the event loop are not, in ms. */
const SLACK = 100

const key = (through: string, clientPort: number): string => `${through} ${clientPort}`

export function createRefusals(): Refusals {
  const known = new Map<string, RefusedConnection[]>()
  let kept = 0
  return {
    add: (connection) => {
      if (kept >= KEPT) return
      kept += 1
      const same = known.get(key(connection.through, connection.clientPort))
      if (same) same.push(connection)
      else known.set(key(connection.through, connection.clientPort), [connection])
    },
    find: (through, clientPort, from, to) =>
      known.get(key(through, clientPort))?.find(({ at }) => from - SLACK <= at && at <= to + SLACK),
  }
}
