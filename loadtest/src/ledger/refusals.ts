import type { RefusedConnection } from '../targets/target.js'

/** Connections that no pod accepted. They show that a reset was a refusal, and by which pod. */
export interface Refusals {
  add(connection: RefusedConnection): void
  /** Returns the connection of this port within this period (epoch ms): ports are reused. */
  find(through: string, clientPort: number, from: number, to: number): RefusedConnection | undefined
}

const KEPT = 10_000
/** Both ends share a clock, but note an event in different turns of the event loop, in ms. */
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
