/** An event of the target, with the time of its observation on the harness's clock, in epoch ms. */
export type TargetEvent = { readonly at: number } & (
  | { readonly type: 'rollout-started'; readonly detail: string }
  | { readonly type: 'rollout-progress'; readonly detail: string; readonly updated: number; readonly desired: number }
  | { readonly type: 'rollout-finished'; readonly detail: string }
  | { readonly type: 'rollout-failed'; readonly reason: string }
  | { readonly type: 'pod-created'; readonly pod: string; readonly version: string }
  | { readonly type: 'pod-ready'; readonly pod: string }
  | { readonly type: 'pod-unready'; readonly pod: string }
  /** SIGTERM, the start of a hazard window. In a cluster: the moment when the deletion timestamp was seen. */
  | { readonly type: 'pod-terminating'; readonly pod: string }
  /** After SIGTERM: no socket of the pod listens on the port of the Service any more. `at` is at most 50 ms too early, and `waiting` connections were not accepted then. */
  | { readonly type: 'listener-closed'; readonly pod: string; readonly waiting: number }
  /** SIGKILL without SIGTERM, on purpose. Losses are expected from here on, and no hazard window begins. */
  | { readonly type: 'pod-killed'; readonly pod: string }
  /**
   * Without `through`, the EndpointSlice changed. With `through`, the load balancer of that URL applied the change to new
   * connections.
   */
  | { readonly type: 'endpoint-added'; readonly pod: string; readonly through?: string }
  | { readonly type: 'endpoint-removed'; readonly pod: string; readonly through?: string }
  /** The conditions of a pod in the EndpointSlices. endpoint-added and endpoint-removed follow `ready`. */
  | {
      readonly type: 'endpoint-conditions'
      readonly pod: string
      readonly ready: boolean
      readonly serving: boolean
      readonly terminating: boolean
    }
  /**
   * The end of a hazard window. `killed`: SIGKILL ended the pod. `exitedAt`: epoch ms at which the process exited, or a little
   * earlier; without it, some time before this event. `wrapper`: the program that took SIGTERM, if it only started the service.
   */
  | {
      readonly type: 'pod-gone'
      readonly pod: string
      readonly exitedAt?: number
      readonly exitCode: number | null
      readonly killed: boolean
      readonly wrapper?: string
    }
  /** A container of a pod that stays crashed, or its liveness or startup probe failed. `exitCode` is as in a shell. */
  | {
      readonly type: 'container-ended'
      readonly pod: string
      readonly exitCode: number | null
      readonly reason: string
    }
  | { readonly type: 'watch-gap'; readonly detail: string }
  /**
   * The start and the end of the only hazard window of a target that sees no pods. `replaced`: what shows that the service was
   * replaced meanwhile; null if nothing does.
   */
  | { readonly type: 'window-opened'; readonly detail: string }
  | { readonly type: 'window-closed'; readonly replaced: string | null }
  /** Lines of a pod's log are missing, or may be missing, so it is not known which requests the pod executed. */
  | { readonly type: 'log-gap'; readonly detail: string }
)

/** A connection that a load balancer could not pass on, because no pod accepted it. */
export interface RefusedConnection {
  /** Epoch ms. */
  readonly at: number
  /** The base URL that the client used. */
  readonly through: string
  /** Identifies the connection, together with its time: ports are reused. */
  readonly clientPort: number
  /** Undefined if the balancer had no pod. */
  readonly pod: string | undefined
  /** The system's error code, as `ECONNREFUSED`, if the balancer tried to connect to the pod. */
  readonly code?: string | undefined
}

/** A connection that a load balancer sends to a pod. */
export interface RoutedConnection {
  /** The base URL that the client used. */
  readonly through: string
  readonly clientPort: number
  readonly pod: string
}

export type TargetListener = (event: TargetEvent) => void

/**
 * The end of a rollout. `failed` is a fact about the target, such as an image that cannot be pulled, and no error of the harness.
 * `undone`: the rollout was undone under the same load, so nothing is left to restore.
 */
export type RolloutOutcome =
  | { readonly status: 'finished' }
  | { readonly status: 'failed'; readonly reason: string; readonly undone?: boolean }
  | { readonly status: 'interrupted' }

/**
 * A service that can be rolled out under load. The run calls `start`, then `rollout` once, then `restore`. It also calls `restore`
 * after a failure or Ctrl-C, however far the run got.
 */
export interface Target {
  /** One line for reports: the service, its place and its versions. Valid after `start`. */
  readonly description: string
  /** The base URLs that the load goes to, each with its own way to the service. Valid after `start`. */
  readonly urls: readonly string[]
  /**
   * Makes the old version serve on every URL.
   *
   * @throws {UsageError | HarnessError} the old version cannot serve.
   */
  start(listener: TargetListener): Promise<void>
  /**
   * Performs the action of the target and follows it to its end: every new pod is available and every old one is gone, or a
   * failure was seen and undone.
   */
  rollout(signal: AbortSignal): Promise<RolloutOutcome>
  /** Restores the target. Returns what is left to do by hand, in one sentence. `kept` keeps a finished rollout. */
  restore(options: { readonly kept: boolean }): Promise<string | undefined>
}
