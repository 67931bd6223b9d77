/** One thing that happened to the target, stamped with the harness's clock (epoch ms) when it was observed. */
export type TargetEvent = { readonly at: number } & (
  | { readonly type: 'rollout-started'; readonly detail: string }
  | { readonly type: 'rollout-progress'; readonly detail: string; readonly updated: number; readonly desired: number }
  | { readonly type: 'rollout-finished'; readonly detail: string }
  | { readonly type: 'rollout-failed'; readonly reason: string }
  | { readonly type: 'pod-created'; readonly pod: string; readonly version: string }
  | { readonly type: 'pod-ready'; readonly pod: string }
  | { readonly type: 'pod-unready'; readonly pod: string }
  /** SIGTERM: on Kubernetes the moment the deletion timestamp was seen. The start of a hazard window. */
  | { readonly type: 'pod-terminating'; readonly pod: string }
  /** SIGKILL without SIGTERM, on purpose: from here on losses are expected, and no hazard window begins. */
  | { readonly type: 'pod-killed'; readonly pod: string }
  /**
   * Without `through`: the EndpointSlice changed. With it: the load balancer of that URL has learned of it, and sends new
   * connections there (or no more of them) from now on.
   */
  | { readonly type: 'endpoint-added'; readonly pod: string; readonly through?: string }
  | { readonly type: 'endpoint-removed'; readonly pod: string; readonly through?: string }
  /** What the EndpointSlices say of a pod: `ready` is what endpoint-added and endpoint-removed go by. */
  | {
      readonly type: 'endpoint-conditions'
      readonly pod: string
      readonly ready: boolean
      readonly serving: boolean
      readonly terminating: boolean
    }
  /** The end of a hazard window. `killed`: it needed SIGKILL. */
  | {
      readonly type: 'pod-gone'
      readonly pod: string
      readonly exitCode: number | null
      readonly killed: boolean
    }
  /** A container of a pod that stays: it crashed, or its liveness or startup probe failed. `exitCode` as a shell shows it. */
  | {
      readonly type: 'container-ended'
      readonly pod: string
      readonly exitCode: number | null
      readonly reason: string
    }
  | { readonly type: 'watch-gap'; readonly detail: string }
  /** Lines of a pod's log are missing, or may be: what it executed is not known to the last request. */
  | { readonly type: 'log-gap'; readonly detail: string }
)

export type TargetListener = (event: TargetEvent) => void

/**
 * How a rollout ended. `failed` is a fact about the target (an image that cannot be pulled), not an error of the harness.
 * `undone`: it was undone right after, under the same load, as scenarios that expect `untouched` have it; nothing is left
 * to put back.
 */
export type RolloutOutcome =
  | { readonly status: 'finished' }
  | { readonly status: 'failed'; readonly reason: string; readonly undone?: boolean }
  | { readonly status: 'interrupted' }

/**
 * Something that can be rolled out while load is on it. The run calls `start`, then `rollout` once, then `restore`, in
 * that order; `restore` also after a failure or Ctrl-C, from whatever point was reached.
 */
export interface Target {
  /** One line for people: what is rolled out, where, from which version to which. Valid after `start`. */
  readonly description: string
  /** Base URLs that the load goes to, each an entry of its own to the service. Valid after `start`. */
  readonly urls: readonly string[]
  /** Has the old version serving on every URL. Throws a `UsageError` or a `HarnessError` where that cannot be. */
  start(listener: TargetListener): Promise<void>
  /**
   * Does what the scenario says that the target was made for (`src/scenarios`), and follows it to its end: `replaced`,
   * every pod that takes over available and every one that left gone; `untouched`, the failure seen and undone; `losses`,
   * as many pods ready as before.
   */
  rollout(signal: AbortSignal): Promise<RolloutOutcome>
  /** Leaves the target as it was found, or says in one sentence what is left to do and how. `kept` keeps a finished rollout. */
  restore(options: { readonly kept: boolean }): Promise<string | undefined>
}
