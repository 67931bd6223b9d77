import { MESSAGE, OUTCOME_NAMES } from '../base/attempt.js'
import type { Attempt, Ending, Outcome } from '../base/attempt.js'
import { uint16Column, uint32Column, uint8Column } from './columns.js'

/** One attempt of a run. Times are on the harness's monotonic clock, in ms. */
export interface AttemptRow {
  readonly number: number
  /** The outcome that its client saw; undefined while it is in flight. */
  readonly seen: Outcome | undefined
  readonly client: string
  readonly url: string
  readonly reused: boolean
  /** A message on an open WebSocket, which many services do not log. */
  readonly message: boolean
  readonly hazard: boolean
  readonly spanning: boolean
  readonly startedAt: number
  readonly endedAt: number
  /** The client's port, if a connection failed. */
  readonly localPort: number | undefined
}

const REUSED = 1
const HAZARD = 2
const SPANNING = 4
const MESSAGE_FLAG = 8

/**
 * Keeps every attempt of a run in 16 bytes. After the run, what its client saw is compared with the server logs.
 */
export class AttemptTable {
  readonly #begin: number
  readonly #names: string[] = []
  readonly #seen = uint8Column()
  readonly #flags = uint8Column()
  readonly #client = uint16Column()
  readonly #url = uint16Column()
  readonly #port = uint16Column()
  readonly #startedAt = uint32Column()
  readonly #endedAt = uint32Column()
  #size = 0
  #count = 0

  /** @param begin the start of the run, on the monotonic clock */
  constructor(begin: number) {
    this.#begin = begin
  }

  /** The highest number. Attempts are numbered from 1. */
  get size(): number {
    return this.#size
  }

  /** The number of attempts. It is below {@link size} if a worker was lost, whose numbers nobody else uses. */
  get count(): number {
    return this.#count
  }

  /**
   * @param number the number of the attempt. Default: the next one.
   * @returns the number of the attempt
   */
  open({ client, url, method, reused, startedAt }: Omit<Attempt, 'id'>, number: number = this.#size + 1): number {
    this.#size = Math.max(this.#size, number)
    this.#count += 1
    this.#flags.set(number, (reused ? REUSED : 0) | (method === MESSAGE ? MESSAGE_FLAG : 0))
    this.#client.set(number, this.#place(client))
    this.#url.set(number, this.#place(url))
    this.#startedAt.set(number, this.#since(startedAt))
    return number
  }

  close(
    number: number,
    { outcome, localPort = 0 }: Ending,
    life: Pick<AttemptRow, 'hazard' | 'spanning' | 'endedAt'>,
  ): void {
    this.amend(number, outcome)
    this.#port.set(number, localPort)
    this.#endedAt.set(number, this.#since(life.endedAt))
    this.#flags.set(number, this.#flags.get(number) | (life.hazard ? HAZARD : 0) | (life.spanning ? SPANNING : 0))
  }

  amend(number: number, outcome: Outcome): void {
    this.#seen.set(number, OUTCOME_NAMES.indexOf(outcome) + 1)
  }

  seen(number: number): Outcome | undefined {
    return OUTCOME_NAMES[this.#seen.get(number) - 1]
  }

  isReused(number: number): boolean {
    return (this.#flags.get(number) & REUSED) !== 0
  }

  isMessage(number: number): boolean {
    return (this.#flags.get(number) & MESSAGE_FLAG) !== 0
  }

  row(number: number): AttemptRow {
    const flags = this.#flags.get(number)
    return {
      number,
      seen: this.seen(number),
      client: this.#names[this.#client.get(number)] ?? '',
      url: this.#names[this.#url.get(number)] ?? '',
      reused: (flags & REUSED) !== 0,
      message: (flags & MESSAGE_FLAG) !== 0,
      hazard: (flags & HAZARD) !== 0,
      spanning: (flags & SPANNING) !== 0,
      startedAt: this.#begin + this.#startedAt.get(number),
      endedAt: this.#begin + this.#endedAt.get(number),
      localPort: this.#port.get(number) || undefined,
    }
  }

  #since(moment: number): number {
    return Math.max(0, Math.round(moment - this.#begin))
  }

  #place(name: string): number {
    const known = this.#names.indexOf(name)
    return known === -1 ? this.#names.push(name) - 1 : known
  }
}
