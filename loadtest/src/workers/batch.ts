import { MESSAGE } from '../base/attempt.js'
import type { Attempt, Ending } from '../base/attempt.js'
import type { Starved } from '../base/machine/starvation.js'
import type { EndedAttempt } from '../ledger/ledger.js'

/**
 * Attempts that have ended, for the way to the coordinator. An answered attempt takes about 40 bytes: names are sent once, and times
 * are relative. Times are on the worker's monotonic clock, in ms.
 */
export interface Batch {
  /** From 1, without a gap. */
  readonly number: number
  /** Names that no earlier batch had. Their places continue those of the earlier batches. */
  readonly names: readonly string[]
  readonly answered: readonly AnsweredRow[]
  readonly failed: readonly FailedRow[]
}

/** The number of the attempt, the places of its names, its flags, when it was due, how much later it started, how long it took, how much of that its client asked for, and the id of what it created. */
type AnsweredRow = readonly [
  number: number,
  client: number,
  url: number,
  pod: number,
  version: number,
  flags: number,
  scheduledAt: number,
  lateMs: number,
  tookMs: number,
  askedMs: number,
  createdId?: string,
]

interface FailedRow {
  readonly number: number
  readonly draft: Omit<Attempt, 'id' | 'pod'> & { readonly pod?: string }
  readonly ending: Ending
  readonly endedAt: number
  /** The worker had no CPU to spare while it waited. */
  readonly starved: boolean
}

const REUSED = 1
const IS_MESSAGE = 2
const NONE = -1

/** Collects attempts for the next batch. */
export class BatchWriter {
  readonly #places = new Map<string, number>()
  readonly #starved: Starved
  #names: string[] = []
  #answered: AnsweredRow[] = []
  #failed: FailedRow[] = []
  #number = 0

  constructor(starved: Starved) {
    this.#starved = starved
  }

  get size(): number {
    return this.#answered.length + this.#failed.length
  }

  /** @param createdId the id of what the response created */
  add({ number, draft, ending, endedAt }: EndedAttempt, createdId?: string): void {
    const { scheduledAt, startedAt } = draft
    if (ending.outcome !== 'answered') {
      const { pod, ...rest } = draft
      const starved = this.#starved(startedAt, endedAt, number)
      this.#failed.push({ number, draft: pod === undefined ? rest : { ...rest, pod }, ending, endedAt, starved })
      return
    }
    const row = [
      number,
      this.#place(draft.client),
      this.#place(draft.url),
      this.#place(ending.pod),
      this.#place(ending.version),
      (draft.reused ? REUSED : 0) | (draft.method === MESSAGE ? IS_MESSAGE : 0),
      round(scheduledAt),
      round(startedAt - scheduledAt),
      round(endedAt - startedAt),
      round(ending.askedMs ?? 0),
    ] as const
    this.#answered.push(createdId === undefined ? row : [...row, createdId])
  }

  /** Returns what was added since the last call. */
  take(): Batch {
    this.#number += 1
    const batch: Batch = {
      number: this.#number,
      names: this.#names,
      answered: this.#answered,
      failed: this.#failed,
    }
    this.#names = []
    this.#answered = []
    this.#failed = []
    return batch
  }

  #place(name: string | undefined): number {
    if (name === undefined) return NONE
    const known = this.#places.get(name)
    if (known !== undefined) return known
    this.#names.push(name)
    this.#places.set(name, this.#places.size)
    return this.#places.size - 1
  }
}

const round = (ms: number): number => Math.round(ms * 1_000) / 1_000

/** An attempt on this machine's clock. */
export type ReceivedAttempt = EndedAttempt & { readonly starved: boolean; readonly createdId: string | undefined }

/** Reads the batches of one worker, in their order. */
export class BatchReader {
  readonly #names: string[] = []

  /**
   * @param offset the worker's monotonic clock minus this one, in ms
   * @returns the attempts on this machine's clock, and whether the worker was starved
   */
  read({ names, answered, failed }: Batch, offset: number): ReceivedAttempt[] {
    const found: ReceivedAttempt[] = []
    for (const name of names) this.#names.push(name)
    for (const [number, client, url, pod, version, flags, scheduled, lateMs, tookMs, askedMs, createdId] of answered) {
      const scheduledAt = scheduled - offset
      const startedAt = scheduledAt + lateMs
      const [byPod, ofVersion] = [this.#names[pod], this.#names[version]]
      found.push({
        number,
        draft: {
          client: this.#names[client] ?? '',
          url: this.#names[url] ?? '',
          // Only failed attempts show their method and path.
          method: (flags & IS_MESSAGE) === 0 ? '' : MESSAGE,
          path: '',
          scheduledAt,
          startedAt,
          reused: (flags & REUSED) !== 0,
          pod: undefined,
          deadline: Infinity,
        },
        ending: {
          outcome: 'answered',
          askedMs,
          ...(byPod === undefined ? {} : { pod: byPod }),
          ...(ofVersion === undefined ? {} : { version: ofVersion }),
        },
        endedAt: startedAt + tookMs,
        starved: false,
        createdId,
      })
    }
    for (const { number, draft, ending, endedAt, starved } of failed) {
      found.push({
        number,
        draft: {
          ...draft,
          pod: draft.pod,
          scheduledAt: draft.scheduledAt - offset,
          startedAt: draft.startedAt - offset,
          deadline: draft.deadline - offset,
          mayCloseAt: draft.mayCloseAt === undefined ? undefined : draft.mayCloseAt - offset,
        },
        ending,
        endedAt: endedAt - offset,
        starved,
        createdId: undefined,
      })
    }
    return found
  }
}
