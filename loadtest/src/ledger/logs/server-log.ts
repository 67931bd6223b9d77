import { now, toEpoch } from '../../base/clock.js'
import { uint16Column, uint32Column, uint8Column } from '../columns.js'
import { createLogLineParser } from './log-line.js'
import type { LogLine } from './log-line.js'
import { PodLogs } from './pod-logs.js'
import type { PodLog } from './pod-logs.js'
import type { ServerLogFormat } from '../../inputs/profile/server-log-format.js'

/** One request in the server logs. */
export interface Execution {
  /** The pod that logged it last. */
  readonly pod: string
  /** Another pod that executed it before; undefined if there was none. */
  readonly earlierPod: string | undefined
  readonly times: number
  /** `unknown`: no log has its end. */
  readonly end: 'finished' | 'aborted' | 'unknown'
  /** When its handler first started and last ended, epoch ms by the server's clock; undefined if not logged. */
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
}

/** The server logs of a whole run. */
export interface ServerLogSummary {
  /** Requests of this run that a server logged as started or ended. */
  readonly executed: number
  /** Whether the logs record starts. Without them it is unknown what a killed server had begun. */
  readonly startsKnown: boolean
  /** How often lines are missing, or may be. */
  readonly gaps: number
  /** Requests that were executed more than once: a proxy in between sent them again. */
  readonly executedTwice: number
  /** The ids of the first of them. */
  readonly executedTwiceIds: readonly string[]
}

/** The attempts that log lines can be about. */
export interface KnownAttempts {
  /** The highest number; attempts are numbered from 1. */
  readonly size: number
  /** Returns undefined if it is not known yet. */
  isReused(number: number): boolean | undefined
}

/** A request on a connection of which it is not known yet whether it had answered before. */
interface Early {
  readonly number: number
  readonly pod: string
  readonly at: number
}

/** A day at 1,000 requests/s. */
const ANY: KnownAttempts = { size: 86_400_000, isReused: () => false }

const KEPT = 100
const MOST_TIMES = 255
const FEW_EARLY = 10_000
/** No server's clock is further behind this one, in ms. */
const CLOCKS_APART = 86_400_000
const FINISHED = 1
const ABORTED = 2

/**
 * Reads the lines that pods print, for the requests of one run. Lines may come in any order and at any time, also after the pod
 * has gone. Each request takes 15 bytes.
 */
export class ServerLog {
  readonly #prefix: string
  readonly #read: (line: string) => LogLine | undefined
  readonly #attempts: KnownAttempts
  readonly #names: string[] = []
  readonly #pods = new PodLogs()
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
  #early: Early[] = []
  #earlyLimit = FEW_EARLY
  #gaps = 0
  #executed = 0
  #executedTwice = 0
  #startsKnown = false

  constructor(runId: string, format: ServerLogFormat | undefined, attempts: KnownAttempts = ANY) {
    this.#prefix = `${runId}-`
    this.#read = format ? createLogLineParser(format, this.#prefix) : () => undefined
    this.#attempts = attempts
  }

  /** Records that lines are or may be missing, so that a missing request proves nothing. */
  gap(): void {
    this.#gaps += 1
  }

  line(pod: string, line: string): void {
    const said = this.#read(line)
    if (!said) return
    const arrived = toEpoch(now())
    // A line that was written after it arrived comes from a clock that is ahead.
    const at = Math.min(said.at ?? arrived, arrived)
    if (said.listenerClosed) this.#pods.listenerClosed(pod, at)
    if (said.sourcesSilent) this.#pods.sourcesSilent(pod, at)
    const { number, started, ended } = said
    // An unknown number belongs to no attempt of this run, and must not take memory.
    if (number === undefined || number < 1 || number > this.#attempts.size || !(started || ended)) return
    const before = this.#times(number)
    if (started) {
      this.#startsKnown = true
      this.#arrival({ pod, at, number })
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

  /** Returns what the servers logged about an attempt; undefined if nothing. */
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

  /** @see PodLogs.rename */
  renamePod(pod: string, earlier: string): void {
    this.#early = this.#early.map((each) => (each.pod === pod ? { ...each, pod: earlier } : each))
    this.#pods.rename(pod, earlier)
  }

  pod(pod: string): PodLog | undefined {
    this.#placeEarly()
    return this.#pods.of(pod)
  }

  /** Returns undefined if no line is about any request: then only the clients' side is known. */
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

  #arrival(arrival: Early): void {
    const reused = this.#attempts.isReused(arrival.number)
    if (reused !== undefined) return this.#pods.arrival(arrival.pod, arrival.at, reused)
    this.#early.push(arrival)
    if (this.#early.length >= this.#earlyLimit) this.#placeEarly()
  }

  /** Records the arrivals whose attempts have been reported since. */
  #placeEarly(): void {
    const early = this.#early
    this.#early = []
    this.#earlyLimit = Infinity
    for (const each of early) this.#arrival(each)
    this.#earlyLimit = Math.max(FEW_EARLY, 2 * this.#early.length)
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

  #notePod(pod: string, number: number): void {
    const place = this.#place(pod)
    const last = this.#pod.get(number)
    if (last !== 0 && last !== place) this.#earlierPod.set(number, last)
    this.#pod.set(number, place)
  }

  #place(pod: string): number {
    const known = this.#names.indexOf(pod)
    return known === -1 ? this.#names.push(pod) : known + 1
  }
}

function increment(column: ReturnType<typeof uint8Column>, number: number): void {
  column.set(number, Math.min(MOST_TIMES, column.get(number) + 1))
}
