import type { Socket } from 'node:net'
import type { Outcome } from '../../../base/attempt.js'

/** One connection through the proxy whose next answer is to meet a fault. */
export interface Spoiled {
  readonly client: Socket
  readonly server: Socket
  /** From now on bytes go through untouched again. */
  readonly release: () => void
}

/** Something that goes wrong between a client and a server. */
export interface Fault {
  readonly name: string
  /** In words: what is done. */
  readonly description: string
  /** What the ledger has to call it. */
  readonly expected: Outcome
  /** What becomes of requests that were pipelined behind one that met it. */
  readonly behind: Outcome
  /** The server executes the request; what it answers goes to the returned function, and nowhere by itself. */
  spoil(connection: Spoiled): (bytes: Buffer) => void
}
