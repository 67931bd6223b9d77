/** The work of a target that is under way, its start or its rollout. A restore stops the work and waits for its end. */
export class TargetWork {
  readonly #stop = new AbortController()
  #current: Promise<unknown> = Promise.resolve()

  /** Aborted by {@link stop}. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Waits for this promise in {@link stop}, and returns it. */
  follow<T>(current: Promise<T>): Promise<T> {
    this.#current = current
    return current
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#current.catch(() => {})
  }
}
