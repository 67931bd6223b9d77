/** The facts about a pod in its own log. Epoch ms by the server's clock; null if it does not say. */
export interface PodLog {
  readonly listenerClosedAt: number | null
  /** The end of an adaptive delay, if it ended because every source of new connections was silent. */
  readonly sourcesSilentAt: number | null
  /** The latest start of a request on a new connection, and on one that had answered before. */
  readonly lastFreshArrivalAt: number | null
  readonly lastReusedArrivalAt: number | null
}

type Draft = { -readonly [Key in keyof PodLog]: PodLog[Key] }

/** The facts about the pods in their logs. */
export class PodLogs {
  readonly #pods = new Map<string, Draft>()

  of(pod: string): PodLog | undefined {
    return this.#pods.get(pod)
  }

  /** Records the close of a listener. The last one counts, because a container may have been restarted. */
  listenerClosed(pod: string, at: number): void {
    this.#draft(pod).listenerClosedAt = at
  }

  /** Records the end of an adaptive delay. The last one counts, as above. */
  sourcesSilent(pod: string, at: number): void {
    this.#draft(pod).sourcesSilentAt = at
  }

  arrival(pod: string, at: number, reused: boolean): void {
    const draft = this.#draft(pod)
    const key = reused ? 'lastReusedArrivalAt' : 'lastFreshArrivalAt'
    draft[key] = Math.max(draft[key] ?? 0, at)
  }

  /** A new pod gets the name of one that has gone: keeps what the earlier pod logged under `earlier`. */
  rename(pod: string, earlier: string): void {
    const known = this.#pods.get(pod)
    if (!known) return
    this.#pods.set(earlier, known)
    this.#pods.delete(pod)
  }

  #draft(pod: string): Draft {
    const known = this.#pods.get(pod)
    if (known) return known
    const fresh = { listenerClosedAt: null, sourcesSilentAt: null, lastFreshArrivalAt: null, lastReusedArrivalAt: null }
    this.#pods.set(pod, fresh)
    return fresh
  }
}
