import { createSocket, type Socket } from 'node:dgram'
import { createServer } from 'node:net'
import { HarnessError } from '../../../base/errors.js'
import { isOutOfFiles, ownFault } from '../../../base/machine/own-fault.js'

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
/** Time in which a pod starts to listen on its port, at most, in ms. */
const START = 60_000

/**
 * Finds a free port of this machine for each port of a pod.
 *
 * The choice is not seeded, unlike the rest of a run: two runs with one seed at the same time must not want the same ports.
 *
 * @throws {HarnessError} no port is free, or this machine has no file descriptor to find out.
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
  throw new HarnessError(
    `this machine has no free port between ${FIRST} and ${FIRST + COUNT - 1}: end programs that listen there`,
  )
}

async function tryPort(port: number): Promise<PortReservation | undefined> {
  const claim = await claimPort(port)
  if (claim === undefined) return undefined
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) => {
      claim.close()
      taken(error, resolve, reject)
    })
    // On every address, because the pod may listen on all of them.
    server.listen({ port, exclusive: true }, () => {
      setTimeout(() => claim.close(), START).unref()
      resolve({ port, release: () => new Promise((released) => server.close(() => released())) })
    })
  })
}

/**
 * Binds a UDP socket to the port. Every run on this machine does so, so no other run takes the TCP port between the end of the
 * reservation and the pod's `listen`. The system frees the port if this process dies. Returns undefined if the port is taken.
 */
function claimPort(port: number): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const claim = createSocket('udp4')
    claim.unref()
    claim.once('error', (error) => {
      claim.close()
      taken(error, resolve, reject)
    })
    claim.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(claim))
  })
}

/** A port that cannot be bound is taken, unless this machine could not try. */
function taken(
  { code }: NodeJS.ErrnoException,
  resolve: (nothing: undefined) => void,
  reject: (error: HarnessError) => void,
): void {
  const own = isOutOfFiles(code) ? ownFault(code) : undefined
  if (own === undefined) resolve(undefined)
  else reject(new HarnessError(`no port can be reserved: this machine ${own.problem} (${code}); ${own.wayOut}`))
}
