import { now } from '../base/clock.js'

/** The period between the SIGTERM of a pod and its exit, on the harness's monotonic clock, in ms. */
interface Window {
  readonly pod: string
  readonly from: number
  to: number
}

/** The hazard windows of a run, one for each pod that got SIGTERM. */
export class HazardWindows {
  readonly #windows: Window[] = []
  readonly #terminating = new Set<string>()

  /** Whether a pod is terminating now. */
  get isOpen(): boolean {
    return this.#terminating.size > 0
  }

  begin(pod: string): void {
    this.#terminating.add(pod)
    this.#windows.push({ pod, from: now(), to: Infinity })
  }

  end(pod: string): void {
    this.#terminating.delete(pod)
    for (const window of this.#windows) if (window.pod === pod) window.to = Math.min(window.to, now())
  }

  /** Returns whether an attempt of this period was inside a window (`hazard`), and in flight at a SIGTERM (`spanning`). */
  during(startedAt: number, endedAt: number): { readonly hazard: boolean; readonly spanning: boolean } {
    return {
      hazard: this.#windows.some(({ from, to }) => from <= endedAt && startedAt < to),
      spanning: this.#windows.some(({ from }) => startedAt <= from && from <= endedAt),
    }
  }
}
