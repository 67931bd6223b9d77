import { HarnessError } from '../../../base/errors.js'
import { createServer } from 'node:net'

/** A free port of this machine, held until the process that will listen on it starts. */
interface PortReservation {
  readonly port: number
  release(): Promise<void>
}

// Below the ports of outgoing connections on Linux (32768–60999) and macOS (49152–65535): under load the system would take one of
// those between the end of the reservation and the pod's `listen`. Also below the NodePorts of Kubernetes.
const FIRST = 20_000
const COUNT = 10_000
const ATTEMPTS = 200

/**
 * Finds a free port of this machine for each port of a pod.
 *
 * The choice is not seeded, unlike the rest of a run: two runs with one seed at the same time must not want the same ports.
 *
 * @throws {HarnessError} no port is free.
 */
export async function freePorts(wanted: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const reservations = await Promise.all(wanted.map(() => reservePort()))
  await Promise.all(reservations.map((reservation) => reservation.release()))
  return new Map(wanted.map((port, index) => [port, reservations[index]?.port ?? 0]))
}

async function reservePort(): Promise<PortReservation> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    // oxlint-disable-next-line no-await-in-loop -- the next port is tried only if this one is taken
    const reservation = await tryPort(FIRST + Math.floor(Math.random() * COUNT))
    if (reservation !== undefined) return reservation
  }
  throw new HarnessError(`this machine has no free port between ${FIRST} and ${FIRST + COUNT - 1}`)
}

function tryPort(port: number): Promise<PortReservation | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    // On every address, because the pod may listen on all of them.
    server.listen({ port, exclusive: true }, () => {
      resolve({ port, release: () => new Promise((released) => server.close(() => released())) })
    })
  })
}
