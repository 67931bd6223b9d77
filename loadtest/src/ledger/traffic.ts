import { createDurations } from '../base/histogram.js'
import type { Histogram, Summary } from '../base/histogram.js'

/** The answers of one pod, as clients saw them. Epoch ms. */
export interface PodTraffic {
  readonly version: string | null
  readonly answered: number
  readonly firstAnswerAt: number
  readonly lastAnswerAt: number
  /** The latest start of an attempt that this pod answered, on a new connection and on a reused one. */
  readonly lastFreshStartAt: number | null
  readonly lastReusedStartAt: number | null
}

/** One second of the run, by the end of its attempts. */
export interface SecondOfTraffic {
  /** Epoch ms of its start. */
  readonly at: number
  /** Answers by version; `unknown` if a response named none. */
  readonly answered: Readonly<Record<string, number>>
  readonly dropped: number
  /** Latencies of the answers, from when each request was due, without the time that its client asked for. */
  readonly latencyMs: Summary
}

interface AnsweredNote {
  readonly at: number
  readonly startedAt: number
  readonly fresh: boolean
  readonly latencyMs: number
  readonly pod?: string
  readonly version?: string
}

/** Answers by pod and by second. Grows with the pods and the seconds of a run, not with its requests. */
export interface Traffic {
  answered(note: AnsweredNote): void
  /** A new pod gets the name of one that has gone: keeps the answers of the earlier pod under `earlier`. */
  rename(pod: string, earlier: string): void
  pods(): Record<string, PodTraffic>
  /** @param drops by the second in which they ended */
  seconds(drops: ReadonlyMap<number, number>): SecondOfTraffic[]
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** A service that makes up a pod name for each answer must not fill the memory. */
const MOST_NAMES = 1_000

export function createTraffic(): Traffic {
  const pods = new Map<string, Mutable<PodTraffic>>()
  const seconds = new Map<number, { readonly answered: Map<string, number>; latencyMs: Summary }>()
  // Answers come in order of time, so one distribution is enough, for the current second.
  const latency: Histogram = createDurations()
  let present: number | undefined

  const second = (at: number): { readonly answered: Map<string, number>; latencyMs: Summary } => {
    const start = Math.floor(at / 1_000) * 1_000
    if (start !== present) {
      finishSecond()
      present = start
    }
    const known = seconds.get(start)
    if (known) return known
    const fresh = { answered: new Map<string, number>(), latencyMs: NOTHING }
    seconds.set(start, fresh)
    return fresh
  }

  const finishSecond = (): void => {
    const finished = present === undefined ? undefined : seconds.get(present)
    if (finished && latency.summary().count > 0) finished.latencyMs = latency.summary()
    latency.reset()
    present = undefined
  }

  const notePod = ({ pod, version, at, startedAt, fresh }: AnsweredNote & { readonly pod: string }): void => {
    let seen = pods.get(pod)
    if (!seen) {
      if (pods.size >= MOST_NAMES) return
      seen = {
        version: version ?? null,
        answered: 0,
        firstAnswerAt: at,
        lastAnswerAt: at,
        lastFreshStartAt: null,
        lastReusedStartAt: null,
      }
      pods.set(pod, seen)
    }
    seen.answered += 1
    seen.lastAnswerAt = at
    const key = fresh ? 'lastFreshStartAt' : 'lastReusedStartAt'
    seen[key] = Math.max(seen[key] ?? 0, startedAt)
  }

  return {
    answered: (note) => {
      const { answered } = second(note.at)
      const name = note.version ?? 'unknown'
      if (answered.has(name) || answered.size < MOST_NAMES) answered.set(name, (answered.get(name) ?? 0) + 1)
      latency.record(note.latencyMs)
      if (note.pod !== undefined) notePod({ ...note, pod: note.pod })
    },
    rename: (pod, earlier) => {
      const seen = pods.get(pod)
      if (!seen) return
      pods.set(earlier, seen)
      pods.delete(pod)
    },
    pods: () => Object.fromEntries([...pods].map(([name, traffic]) => [name, { ...traffic }])),
    seconds: (drops) => {
      if (present !== undefined) {
        const open = seconds.get(present)
        if (open) open.latencyMs = latency.summary()
      }
      const all = new Set([...seconds.keys(), ...drops.keys()])
      return [...all]
        .toSorted((left, right) => left - right)
        .map((at) => {
          const { answered, latencyMs } = seconds.get(at) ?? { answered: new Map<string, number>(), latencyMs: NOTHING }
          return { at, answered: Object.fromEntries(answered), dropped: drops.get(at) ?? 0, latencyMs }
        })
    },
  }
}

const NOTHING: Summary = { count: 0, p50: null, p99: null, max: null }
