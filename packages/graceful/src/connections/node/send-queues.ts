import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'

/** The kernel's tables of the TCP connections. */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6']
/** A line of a table, from the port of the local address to the send queue. Lines with an empty queue do not match. */
const LINE = /:([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]{2} (?!00000000)([0-9A-F]{8}):/g

/**
 * Reads how many bytes the kernel still holds for the client of each connection. The client has not acknowledged these bytes, or has
 * no window for them. Node does not show them. The kernel takes more output only when a third of its buffer, a megabyte, is free. So
 * without this number a slow client looks like one that does not read.
 *
 * Only Linux has these tables. Elsewhere, and where the process may not read them, the number is 0.
 */
export class SendQueues {
  #queues: ReadonlyMap<string, number> | undefined

  /** Returns the bytes that the kernel holds. All calls in one callback use one copy of the tables. */
  unacknowledged({ localPort, remotePort }: Socket): number {
    if (this.#queues === undefined) {
      this.#queues = readTables()
      queueMicrotask(() => {
        this.#queues = undefined
      })
    }
    return this.#queues.get(`${localPort} ${remotePort}`) ?? 0
  }
}

/** Two clients with the same port share an entry. Their sum changes if either reads. */
function readTables(): Map<string, number> {
  const queues = new Map<string, number>()
  if (process.platform !== 'linux') return queues
  for (const table of TABLES) {
    for (const [, local, remote, queue] of readTable(table).matchAll(LINE)) {
      const key = `${Number.parseInt(local!, 16)} ${Number.parseInt(remote!, 16)}`
      queues.set(key, (queues.get(key) ?? 0) + Number.parseInt(queue!, 16))
    }
  }
  return queues
}

function readTable(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
