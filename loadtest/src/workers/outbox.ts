import type { EndedAttempt } from '../ledger/ledger.js'
import type { Starved } from '../base/machine/starvation.js'
import { BatchWriter } from './batch.js'
import type { Batch } from './batch.js'

/** Batches on the way, not yet confirmed: more only fill buffers. */
const IN_FLIGHT = 16
/** Attempts that may wait for a coordinator, about 100 MB. */
const MOST_WAITING = 500_000

/** Keeps the ended attempts of a worker until the coordinator has confirmed them. */
export class Outbox {
  readonly #writer: BatchWriter
  readonly #waiting: Batch[] = []
  /** How many of the waiting batches were sent on the present connection. */
  #sent = 0
  #last = 0
  #attempts = 0
  #createdId: string | undefined

  constructor(starved: Starved) {
    this.#writer = new BatchWriter(starved)
  }

  /** Whether too much waits: the coordinator does not take it. */
  get full(): boolean {
    return this.#attempts > MOST_WAITING
  }

  add(attempt: EndedAttempt): void {
    this.#writer.add(attempt, this.#createdId)
    this.#createdId = undefined
    this.#attempts += 1
  }

  /** The answer to the attempt that ends next has created something with this id. */
  created(id: string): void {
    this.#createdId = id
  }

  /** Sends what was added since the last call, and what waits. */
  send(send: (batch: Batch) => void): void {
    if (this.#writer.size > 0) this.#close()
    while (this.#sent < Math.min(this.#waiting.length, IN_FLIGHT)) {
      const batch = this.#waiting[this.#sent]
      this.#sent += 1
      if (batch !== undefined) send(batch)
    }
  }

  /** Forgets every batch up to this number. */
  confirm(number: number): void {
    while ((this.#waiting[0]?.number ?? Infinity) <= number) {
      const batch = this.#waiting.shift()
      this.#attempts -= (batch?.answered.length ?? 0) + (batch?.failed.length ?? 0)
      this.#sent = Math.max(0, this.#sent - 1)
    }
  }

  /** The connection is a new one: sends everything again that was not confirmed. */
  sendAgain(): void {
    this.#sent = 0
  }

  /** @returns the number of the last batch */
  finish(): number {
    if (this.#writer.size > 0) this.#close()
    return this.#last
  }

  #close(): void {
    const batch = this.#writer.take()
    this.#last = batch.number
    this.#waiting.push(batch)
  }
}
