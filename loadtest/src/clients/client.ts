import type { Origin } from '../base/wire/http1/origin.js'
import type { Ledger } from '../ledger/ledger.js'
import type { Profile } from '../inputs/profile/profile.js'
import type { Random } from '../base/random.js'

/** Limits of one attempt, in ms. */
export interface Limits {
  /** For a connection to be established. */
  readonly connectMs: number
  /** For the whole answer, in addition to the time that the request is expected to take. */
  readonly answerMs: number
}

/** Everything that a client class needs on one URL. */
export interface ClientContext {
  readonly client: string
  readonly origin: Origin
  /** Requests per second of this class on this URL. */
  readonly rate: number
  readonly random: Random
  readonly profile: Profile
  readonly ledger: Ledger
  readonly limits: Limits
  readonly notes: ConnectionNotes
  /** The ids of the things that the POSTs of the run have created, shared by every client. */
  readonly created: Set<string>
}

/** Counts of connection events that lost no request, over a run. */
export interface ConnectionNotes {
  opened: number
  /** Idle connections that the server closed before the promised time. Each could have met a request. */
  closedEarly: number
  /** The shortest idle time of such a connection, in ms. */
  shortestIdleMs: number | undefined
  /** Event streams that the server ended in order before their last event. Their clients reconnected. */
  streamsEnded: number
}

export const createNotes = (): ConnectionNotes => ({
  opened: 0,
  closedEarly: 0,
  shortestIdleMs: undefined,
  streamsEnded: 0,
})

/** A client class that is sending requests to one URL. */
export interface RunningClient {
  /** Starts no more requests. Requests in flight continue. */
  stop(): void
  /** Closes the remaining connections, after the last answer. */
  close(): void
}

/** A way in which clients use a service. No client class retries. */
export interface ClientClass {
  readonly name: string
  /** For `--help` and reports: what the class does, and which mistake of a server it detects. */
  readonly description: string
  /** Its share of the whole rate, relative to the weights of the other classes. */
  readonly weight: number
  /** The profile entry that it needs besides `paths.read`, as `paths.slow`. */
  readonly needs?: string
  /** Returns whether the service offers what the class needs. */
  supports(profile: Profile): boolean
  /** Makes one attempt before the load, if the class needs more than the requests of the profile. */
  readonly probe?: (context: ClientContext) => void
  /** Whether the class tests nothing on a server that closes each connection after its first response. Default: false. */
  readonly persistent?: true
  /** A server feature that the class needs, and that not every server has. */
  readonly habit?: Habit
  /** Sends requests at the rate of the context, until it is stopped. */
  start(context: ClientContext): RunningClient
}

/** A server feature, with a probe for it. */
export interface Habit {
  /** Uses the feature once. */
  readonly probe: (context: ClientContext) => void
  /** Continues the error message if the probe fails: what the server does, what it should do, and what the user can do. */
  readonly explanation: string
}
