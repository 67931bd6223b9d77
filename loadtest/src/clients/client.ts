import type { Origin } from '../base/wire/http1/origin.js'
import type { Ledger } from '../ledger/ledger.js'
import type { Profile } from '../inputs/profile/profile.js'
import type { Random } from '../base/random.js'

/** Limits of one attempt, in ms. */
export interface Limits {
  /** For the connection. */
  readonly connectMs: number
  /** For the whole answer, on top of the time that it takes by its nature. */
  readonly answerMs: number
}

/** What one client class on one URL works with. */
export interface ClientContext {
  readonly client: string
  readonly origin: Origin
  /** Requests per second that this class owes this URL. */
  readonly rate: number
  readonly random: Random
  readonly profile: Profile
  readonly ledger: Ledger
  readonly limits: Limits
  readonly notes: ConnectionNotes
}

/** What happened to connections without a request being lost by it; counted over a run. */
export interface ConnectionNotes {
  opened: number
  /** Idle connections that the server closed before the time that it had promised. Each could have met a request. */
  closedEarly: number
  /** The shortest time that such a connection had been idle for, in ms. */
  shortestIdleMs: number | undefined
  /** Event streams that the server ended, whole, before their last event. Their clients came back. */
  streamsEnded: number
}

export const createNotes = (): ConnectionNotes => ({
  opened: 0,
  closedEarly: 0,
  shortestIdleMs: undefined,
  streamsEnded: 0,
})

export interface RunningClient {
  /** Starts no more requests; those in flight go on. */
  stop(): void
  /** Closes what is left, after the last answer. */
  close(): void
}

/** A way in which clients use a service. None of them retries. */
export interface ClientClass {
  readonly name: string
  /** For `--help` and reports: what it does and which mistake of a server it would see. */
  readonly description: string
  /** Its part of the whole rate, as a weight against the others'. */
  readonly weight: number
  /** What of a profile it needs besides `paths.read`, as `paths.slow`. */
  readonly needs?: string
  /** Whether the service offers what it needs. */
  supports(profile: Profile): boolean
  /** Makes one attempt, where what must work before load makes sense is not one of the requests that a profile plans. */
  readonly probe?: (context: ClientContext) => void
  /** What not every server does, beside {@link probe} or the requests that a profile plans. */
  readonly habit?: Habit
  start(context: ClientContext): RunningClient
}

/** A way of asking that a class needs to be answered. */
export interface Habit {
  /** Does it once. */
  readonly probe: (context: ClientContext) => void
  /** For whom it fails: what it is, what a server should do, and the way out. */
  readonly explanation: string
}
