/** What one pod answered, as clients saw it. Epoch ms. */
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
  /** Answers by the version that gave them; `unknown` where a response named none. */
  readonly answered: Readonly<Record<string, number>>
  readonly dropped: number
}

interface AnsweredNote {
  readonly at: number
  readonly startedAt: number
  readonly fresh: boolean
  readonly pod?: string
  readonly version?: string
}

/** Who answered when: grows with the pods and the seconds of a run, not with its requests. */
export interface Traffic {
  answered(note: AnsweredNote): void
  unanswered(at: number, drop: boolean): void
  pods(): Record<string, PodTraffic>
  seconds(): SecondOfTraffic[]
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** A service that invents a pod's name for each answer must not fill the memory. */
const MOST_NAMES = 1_000

export function createTraffic(): Traffic {
  const pods = new Map<string, Mutable<PodTraffic>>()
  const seconds = new Map<number, { answered: Map<string, number>; dropped: number }>()

  const second = (at: number): { answered: Map<string, number>; dropped: number } => {
    const start = Math.floor(at / 1_000) * 1_000
    const known = seconds.get(start)
    if (known) return known
    const fresh = { answered: new Map<string, number>(), dropped: 0 }
    seconds.set(start, fresh)
    return fresh
  }

  return {
    answered: ({ at, startedAt, fresh, pod, version }) => {
      const { answered } = second(at)
      const name = version ?? 'unknown'
      if (answered.has(name) || answered.size < MOST_NAMES) answered.set(name, (answered.get(name) ?? 0) + 1)
      if (pod === undefined) return
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
      if (fresh) seen.lastFreshStartAt = Math.max(seen.lastFreshStartAt ?? 0, startedAt)
      else seen.lastReusedStartAt = Math.max(seen.lastReusedStartAt ?? 0, startedAt)
    },
    unanswered: (at, drop) => {
      if (drop) second(at).dropped += 1
    },
    pods: () => Object.fromEntries([...pods].map(([name, traffic]) => [name, { ...traffic }])),
    seconds: () =>
      [...seconds]
        .toSorted(([left], [right]) => left - right)
        .map(([at, { answered, dropped }]) => ({ at, answered: Object.fromEntries(answered), dropped })),
  }
}
