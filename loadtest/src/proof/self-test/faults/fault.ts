import type { Socket } from 'node:net'
import type { Outcome } from '../../../base/attempt.js'

/** A connection through the proxy whose next answer meets a fault. */
export interface Spoiled {
  readonly client: Socket
  readonly server: Socket
  /** Lets bytes pass again. */
  readonly release: () => void
}

/** A fault between a client and a server. */
export interface Fault {
  readonly name: string
  /** The effect of the fault, for people. */
  readonly description: string
  /** The outcome that the ledger must record. */
  readonly expected: Outcome
  /** The outcome of requests that are pipelined after one that meets the fault. */
  readonly behind: Outcome
  /** Returns a function that takes the bytes of the answer. The server executes the request as usual. */
  spoil(connection: Spoiled): (bytes: Buffer) => void
}
