import type { ServerLogFormat } from './profile/profile.js'

/** What the servers' own logs say of one request. */
export interface Execution {
  readonly pod: string
  readonly times: number
  /** The last execution handed its whole response to the system. */
  readonly finished: boolean
}

/** What the servers say they did, as against what clients saw. */
export interface ServerLogSummary {
  /** Requests of this run that some server said it had ended. */
  readonly executed: number
  /** Requests that were executed more than once: something between client and server sent them again. */
  readonly executedTwice: number
  /** The ids of the first of those. */
  readonly executedTwiceIds: readonly string[]
}

const KEPT = 100

/**
 * Reads the lines that pods print, for the ids of one run's requests. It survives the pods, and its memory is three bytes
 * for each request.
 */
export class ServerLog {
  readonly #prefix: string
  readonly #format: ServerLogFormat | undefined
  readonly #pods: string[] = []
  readonly #twice: string[] = []
  #times = new Uint8Array(1_024)
  /** 0: none; else the place of the last pod in {@link #pods}, plus one; negative where it did not finish. */
  #last = new Int16Array(1_024)
  #executed = 0
  #executedTwice = 0

  constructor(runId: string, format: ServerLogFormat | undefined) {
    this.#prefix = `${runId}-`
    this.#format = format
  }

  line(pod: string, line: string): void {
    const format = this.#format
    // Most lines are told apart without being parsed.
    if (!format || !line.includes(this.#prefix)) return
    const fields = parse(line)
    if (fields?.[format.ended.field] !== format.ended.value) return
    const id = fields[format.requestId]
    if (typeof id !== 'string' || !id.startsWith(this.#prefix)) return
    const index = Number.parseInt(id.slice(this.#prefix.length), 36)
    if (!Number.isSafeInteger(index) || index > MOST) return
    this.#reserve(index)
    const times = Math.min(255, (this.#times[index] ?? 0) + 1)
    this.#times[index] = times
    if (times === 1) this.#executed += 1
    if (times === 2) {
      this.#executedTwice += 1
      if (this.#twice.length < KEPT) this.#twice.push(id)
    }
    const place = this.#place(pod)
    this.#last[index] = fields[format.finished.field] === format.finished.value ? place : -place
  }

  /** Undefined where no server spoke of it. */
  of(id: string): Execution | undefined {
    const index = Number.parseInt(id.slice(this.#prefix.length), 36)
    const last = this.#last[index] ?? 0
    if (!id.startsWith(this.#prefix) || last === 0) return undefined
    return { pod: this.#pods[Math.abs(last) - 1] ?? '', times: this.#times[index] ?? 0, finished: last > 0 }
  }

  /** Undefined where no line spoke of any request: then there is only the clients' side. */
  summary(): ServerLogSummary | undefined {
    if (this.#executed === 0) return undefined
    return { executed: this.#executed, executedTwice: this.#executedTwice, executedTwiceIds: [...this.#twice] }
  }

  #place(pod: string): number {
    const known = this.#pods.indexOf(pod)
    return known === -1 ? this.#pods.push(pod) : known + 1
  }

  #reserve(index: number): void {
    if (index < this.#times.length) return
    const size = 2 ** Math.ceil(Math.log2(index + 1))
    const times = new Uint8Array(size)
    const last = new Int16Array(size)
    times.set(this.#times)
    last.set(this.#last)
    this.#times = times
    this.#last = last
  }
}

/** A day at 1,000 requests/s; a line that names a larger number is not one of ours. */
const MOST = 86_400_000

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}
