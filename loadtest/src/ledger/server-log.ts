import { now, toEpoch } from '../base/clock.js'
import { uint16Column, uint32Column, uint8Column } from './columns.js'
import { createLogLineParser } from './log-line.js'
import type { LogLine } from './log-line.js'
import type { ServerLogFormat } from '../inputs/profile/server-log-format.js'

/** What the servers' own logs say of one request. */
export interface Execution {
  /** The pod that spoke of it last. */
  readonly pod: string
  /** Another pod that executed it before; undefined where there was none. */
  readonly earlierPod: string | undefined
  readonly times: number
  /** `unknown`: nobody said that it was over. */
  readonly end: 'finished' | 'aborted' | 'unknown'
  /** When its handler first began and last ended, epoch ms by the server's clock; undefined where nobody said so. */
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
}

/** What one pod's log says of the pod. Epoch ms by the server's clock; null where it does not say. */
export interface PodLog {
  readonly listenerClosedAt: number | null
  /** The latest start of a request on a new connection, and on one that had answered before. */
  readonly lastFreshArrivalAt: number | null
  readonly lastReusedArrivalAt: number | null
}

/** What the servers say they did, as against what clients saw. */
export interface ServerLogSummary {
  /** Requests of this run that some server said it had started or ended. */
  readonly executed: number
  /** Whether the logs tell of starts: without them nobody knows what a server that was killed had begun. */
  readonly startsKnown: boolean
  /** How often lines went missing, or may have. */
  readonly gaps: number
  /** Requests that were executed more than once: something between client and server sent them again. */
  readonly executedTwice: number
  /** The ids of the first of those. */
  readonly executedTwiceIds: readonly string[]
}

/** The attempts that lines can be about. */
interface KnownAttempts {
  /** They are numbered from 1 to this. */
  readonly size: number
  isReused(number: number): boolean
}

/** A day at 1,000 requests/s. */
const ANY: KnownAttempts = { size: 86_400_000, isReused: () => false }

const KEPT = 100
const MOST_TIMES = 255
/** So far behind ours, in ms, no server's clock is. */
const CLOCKS_APART = 86_400_000
const FINISHED = 1
const ABORTED = 2

/**
 * Reads the lines that pods print, for one run's requests. It survives the pods, takes lines in any order and however
 * late, and its memory is 15 bytes for each request.
 */
export class ServerLog {
  readonly #prefix: string
  readonly #read: (line: string) => LogLine | undefined
  readonly #attempts: KnownAttempts
  readonly #names: string[] = []
  readonly #pods = new Map<string, { -readonly [Key in keyof PodLog]: PodLog[Key] }>()
  readonly #twice: string[] = []
  readonly #starts = uint8Column()
  readonly #ends = uint8Column()
  readonly #end = uint8Column()
  /** Since {@link #epoch}, in ms. */
  readonly #startedAt = uint32Column()
  readonly #endedAt = uint32Column()
  readonly #epoch = toEpoch(now()) - CLOCKS_APART
  /** Places in {@link #names}, plus one. */
  readonly #pod = uint16Column()
  readonly #earlierPod = uint16Column()
  #gaps = 0
  #executed = 0
  #executedTwice = 0
  #startsKnown = false

  constructor(runId: string, format: ServerLogFormat | undefined, attempts: KnownAttempts = ANY) {
    this.#prefix = `${runId}-`
    this.#read = format ? createLogLineParser(format, this.#prefix) : () => undefined
    this.#attempts = attempts
  }

  /** Lines are missing, or may be: that a request is in none of them tells nothing any more. */
  gap(): void {
    this.#gaps += 1
  }

  line(pod: string, line: string): void {
    const said = this.#read(line)
    if (!said) return
    const arrived = toEpoch(now())
    // A line cannot have been written after it arrived: then the server's clock is ahead.
    const at = Math.min(said.at ?? arrived, arrived)
    // The last one: a container may have been restarted in its pod before.
    if (said.listenerClosed) this.#podLog(pod).listenerClosedAt = at
    const { number, started, ended } = said
    // A number that was never given is not one of ours, and must not take memory.
    if (number === undefined || number < 1 || number > this.#attempts.size || !(started || ended)) return
    const before = this.#times(number)
    if (started) {
      this.#startsKnown = true
      this.#noteArrival(pod, number, at)
      increment(this.#starts, number)
      if (this.#startedAt.get(number) === 0) this.#startedAt.set(number, this.#since(at))
    }
    if (ended) {
      increment(this.#ends, number)
      this.#endedAt.set(number, this.#since(at))
      this.#end.set(number, said.finished ? FINISHED : ABORTED)
    }
    this.#notePod(pod, number)
    const after = this.#times(number)
    if (before === 0) this.#executed += 1
    if (before < 2 && after === 2) {
      this.#executedTwice += 1
      if (this.#twice.length < KEPT) this.#twice.push(`${this.#prefix}${number.toString(36)}`)
    }
  }

  /** Undefined where no server spoke of it. */
  of(number: number): Execution | undefined {
    const times = this.#times(number)
    if (times === 0) return undefined
    const end = this.#end.get(number)
    return {
      pod: this.#names[this.#pod.get(number) - 1] ?? '',
      earlierPod: this.#names[this.#earlierPod.get(number) - 1],
      times,
      end: end === FINISHED ? 'finished' : end === ABORTED ? 'aborted' : 'unknown',
      startedAt: this.#at(this.#startedAt.get(number)),
      endedAt: this.#at(this.#endedAt.get(number)),
    }
  }

  /** A pod gets the name of one that has gone: what that one said of itself is kept under this name. */
  renamePod(pod: string, earlier: string): void {
    const known = this.#pods.get(pod)
    if (!known) return
    this.#pods.set(earlier, known)
    this.#pods.delete(pod)
  }

  pod(pod: string): PodLog | undefined {
    return this.#pods.get(pod)
  }

  /** Undefined where no line spoke of any request: then there is only the clients' side. */
  summary(): ServerLogSummary | undefined {
    if (this.#executed === 0) return undefined
    return {
      executed: this.#executed,
      startsKnown: this.#startsKnown,
      gaps: this.#gaps,
      executedTwice: this.#executedTwice,
      executedTwiceIds: [...this.#twice],
    }
  }

  #since(at: number): number {
    return Math.max(1, Math.round(at - this.#epoch))
  }

  #at(since: number): number | undefined {
    return since === 0 ? undefined : this.#epoch + since
  }

  #times(number: number): number {
    return Math.max(this.#starts.get(number), this.#ends.get(number))
  }

  #noteArrival(pod: string, number: number, at: number): void {
    const log = this.#podLog(pod)
    const key = this.#attempts.isReused(number) ? 'lastReusedArrivalAt' : 'lastFreshArrivalAt'
    log[key] = Math.max(log[key] ?? 0, at)
  }

  #notePod(pod: string, number: number): void {
    const place = this.#place(pod)
    const last = this.#pod.get(number)
    if (last !== 0 && last !== place) this.#earlierPod.set(number, last)
    this.#pod.set(number, place)
  }

  #podLog(pod: string): { -readonly [Key in keyof PodLog]: PodLog[Key] } {
    const known = this.#pods.get(pod)
    if (known) return known
    const fresh = { listenerClosedAt: null, lastFreshArrivalAt: null, lastReusedArrivalAt: null }
    this.#pods.set(pod, fresh)
    return fresh
  }

  #place(pod: string): number {
    const known = this.#names.indexOf(pod)
    return known === -1 ? this.#names.push(pod) : known + 1
  }
}

function increment(column: ReturnType<typeof uint8Column>, number: number): void {
  column.set(number, Math.min(MOST_TIMES, column.get(number) + 1))
}
