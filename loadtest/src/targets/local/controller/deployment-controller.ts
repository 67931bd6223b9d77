import { now, toEpoch } from '../../../base/clock.js'
import type { Manifests } from '../../../inputs/manifests/manifests.js'
import type { RolloutOutcome, TargetEvent } from '../../target.js'
import type { Pod } from '../pods/pod.js'
import { availableAt, ReplicaSet } from './replica-set.js'
import { nextScale } from './rolling.js'
import { countPods, failureOf, hasProgressed, isComplete, type RolloutStatus } from './rollout-status.js'

export interface DeploymentControllerOptions {
  readonly manifests: Manifests
  readonly emit: (event: TargetEvent) => void
}

/**
 * Keeps the wanted number of pods of the present template and replaces pods of the other template, as the Deployment and ReplicaSet
 * controllers do. It has two templates, each with a ReplicaSet, and can switch between them.
 *
 * Sources: kubernetes `pkg/controller/deployment/rolling.go`, `recreate.go`, `progress.go`.
 */
export class DeploymentController {
  readonly #manifests: Manifests
  readonly #emit: (event: TargetEvent) => void
  #old: ReplicaSet
  #fresh: ReplicaSet
  #replicas: number
  #switched = false
  #status: RolloutStatus | undefined
  #detail = ''
  #progressAt = 0
  #resolve: ((outcome: RolloutOutcome) => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #queued = false
  #stopped = false

  constructor(present: ReplicaSet, other: ReplicaSet, { manifests, emit }: DeploymentControllerOptions) {
    this.#fresh = present
    this.#old = other
    this.#manifests = manifests
    this.#emit = emit
    this.#replicas = manifests.deployment.replicas
  }

  /** The pods that are not gone. */
  get pods(): readonly Pod[] {
    return [...this.#old.pods, ...this.#fresh.pods]
  }

  /** The pods of the present template that are not terminating. */
  get active(): readonly Pod[] {
    return this.#fresh.active
  }

  get replicas(): number {
    return this.#replicas
  }

  /** Creates the first pods, all at once. */
  begin(): void {
    this.#fresh.desired = this.#replicas
    this.#fresh.sync()
  }

  /** Changes `spec.replicas`. Takes effect with {@link follow}. */
  scale(replicas: number): void {
    this.#replicas = replicas
  }

  /**
   * Switches `spec.template` to the other template: `kubectl set image` the first time, `kubectl rollout undo` the second time. Takes
   * effect with {@link follow}.
   */
  switchTemplate(): void {
    const [present, other] = [this.#fresh, this.#old]
    this.#fresh = other
    this.#old = present
    this.#switched = true
  }

  /** Schedules one sync after the present turn for all changes of pods in it. */
  changed(): void {
    if (this.#queued || this.#stopped) return
    this.#queued = true
    queueMicrotask(() => {
      this.#queued = false
      this.#sync()
    })
  }

  /** Stops replacing pods. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  /**
   * Rolls out the present template with the present number of replicas. Resolves when every pod of it is available and every other
   * pod is gone; when the rollout fails, which leaves the old pods as they are; or at once when the signal aborts.
   */
  follow(signal: AbortSignal): Promise<RolloutOutcome> {
    return new Promise((resolve) => {
      const interrupt = (): void => this.#resolve?.({ status: 'interrupted' })
      this.#resolve = (outcome) => {
        this.#resolve = undefined
        signal.removeEventListener('abort', interrupt)
        resolve(outcome)
      }
      if (signal.aborted) {
        interrupt()
        return
      }
      signal.addEventListener('abort', interrupt)
      this.#progressAt = now()
      this.#status = undefined
      this.#sync()
    })
  }

  #sync(): void {
    if (this.#stopped) return
    const began = now()
    do {
      this.#fresh.sync()
      this.#old.sync()
    } while (this.#scale())
    const status = this.#report()
    this.#wakeUp(status, began)
    if (this.#resolve === undefined) return
    if (isComplete(status, this.#replicas) && status.terminating === 0) {
      this.#resolve({ status: 'finished' })
      return
    }
    const { deployment } = this.#manifests
    const [fresh, replicas, progressAt] = [this.#fresh, this.#replicas, this.#progressAt]
    const reason = failureOf({ fresh, status, deployment, replicas, progressAt })
    if (reason !== undefined) this.#resolve({ status: 'failed', reason })
  }

  /** @returns whether a ReplicaSet was scaled. */
  #scale(): boolean {
    const { strategy, minReadySeconds } = this.#manifests.deployment
    const [old, fresh, replicas] = [this.#old, this.#fresh, this.#replicas]
    let next = { old: 0, fresh: old.pods.length === 0 ? replicas : 0 }
    if (strategy.type === 'RollingUpdate') {
      next = nextScale({
        replicas,
        maxSurge: strategy.maxSurge,
        maxUnavailable: strategy.maxUnavailable,
        fresh: { desired: fresh.desired, available: fresh.available(minReadySeconds) },
        old: { desired: old.desired, available: old.available(minReadySeconds) },
      })
    }
    if (next.old === old.desired && next.fresh === fresh.desired) return false
    old.desired = next.old
    fresh.desired = next.fresh
    return true
  }

  /** Counts the pods, restarts the progress deadline after progress, and reports changes. */
  #report(): RolloutStatus {
    const replicas = this.#replicas
    const status = countPods(this.#fresh, this.#old, this.#manifests.deployment.minReadySeconds)
    if (this.#status === undefined || hasProgressed(this.#status, status)) this.#progressAt = now()
    const which = this.#switched ? 'new pods' : 'pods'
    const detail = `${status.freshAvailable} of ${replicas} ${which} available, ${status.old} old, ${status.terminating} terminating`
    if (detail !== this.#detail && this.#resolve !== undefined) {
      this.#emit({ at: toEpoch(now()), type: 'rollout-progress', detail, updated: status.updated, desired: replicas })
    }
    this.#detail = detail
    this.#status = status
    return status
  }

  /**
   * Schedules the next sync: pods become available and the progress deadline passes without a change of a pod. A moment since `began`
   * may have come too late for the present sync.
   */
  #wakeUp(status: RolloutStatus, began: number): void {
    const { progressDeadlineSeconds, minReadySeconds } = this.#manifests.deployment
    clearTimeout(this.#timer)
    // Only terminating pods are left, and the end of a pod starts a sync.
    if (isComplete(status, this.#replicas)) return
    const moments = this.pods.map((pod) => availableAt(pod, minReadySeconds))
    const next = Math.min(
      ...[this.#progressAt + progressDeadlineSeconds * 1_000, ...moments].filter((moment) => moment > began),
    )
    if (next === Infinity) return
    // A timer may fire up to 1 ms early.
    this.#timer = setTimeout(() => this.#sync(), Math.max(next - now(), 0) + 1)
  }
}
