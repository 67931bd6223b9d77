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
 * Keeps as many pods of the present template as there are to be, and exchanges those of another one for them, as the
 * Deployment and ReplicaSet controllers do. It knows two templates, each with its ReplicaSet: the present one and one that
 * it can be switched to, and back.
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
  #settle: ((outcome: RolloutOutcome) => void) | undefined
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

  /** All that are not gone. */
  get pods(): readonly Pod[] {
    return [...this.#old.pods, ...this.#fresh.pods]
  }

  /** Those of the present template that are not terminating. */
  get active(): readonly Pod[] {
    return this.#fresh.active
  }

  get replicas(): number {
    return this.#replicas
  }

  /** Creates the first pods: nothing is there that would have to be kept available. */
  begin(): void {
    this.#fresh.desired = this.#replicas
    this.#fresh.sync()
  }

  /** `spec.replicas`. Takes effect with {@link follow}. */
  scale(replicas: number): void {
    this.#replicas = replicas
  }

  /** `spec.template` becomes the other one: `kubectl set image`, and again: `kubectl rollout undo`. Takes effect with {@link follow}. */
  switchTemplate(): void {
    const [present, other] = [this.#fresh, this.#old]
    this.#fresh = other
    this.#old = present
    this.#switched = true
  }

  /** A pod changed. Acts on it after the present turn, once for all changes of it. */
  changed(): void {
    if (this.#queued || this.#stopped) return
    this.#queued = true
    queueMicrotask(() => {
      this.#queued = false
      this.#sync()
    })
  }

  /** From now on pods that go are not replaced. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  /**
   * Brings about what is wanted. Fulfilled when every pod of the present template is available and every other one gone;
   * when the present version does not come up, with the old pods left as they are; or at once when the signal aborts.
   */
  follow(signal: AbortSignal): Promise<RolloutOutcome> {
    return new Promise((resolve) => {
      const interrupt = (): void => this.#settle?.({ status: 'interrupted' })
      this.#settle = (outcome) => {
        this.#settle = undefined
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
    if (this.#settle === undefined) return
    if (isComplete(status, this.#replicas) && status.terminating === 0) {
      this.#settle({ status: 'finished' })
      return
    }
    const { deployment } = this.#manifests
    const [fresh, replicas, progressAt] = [this.#fresh, this.#replicas, this.#progressAt]
    const reason = failureOf({ fresh, status, deployment, replicas, progressAt })
    if (reason !== undefined) this.#settle({ status: 'failed', reason })
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
    if (detail !== this.#detail && this.#settle !== undefined) {
      this.#emit({ at: toEpoch(now()), type: 'rollout-progress', detail, updated: status.updated, desired: replicas })
    }
    this.#detail = detail
    this.#status = status
    return status
  }

  /**
   * Availability and the progress deadline come with time alone. What came while this sync was under way, since `began`, may have
   * come too late for it.
   */
  #wakeUp(status: RolloutStatus, began: number): void {
    const { progressDeadlineSeconds, minReadySeconds } = this.#manifests.deployment
    clearTimeout(this.#timer)
    // Only the end of the old pods is left, and that makes itself known.
    if (isComplete(status, this.#replicas)) return
    const moments = this.pods.map((pod) => availableAt(pod, minReadySeconds))
    const next = Math.min(
      ...[this.#progressAt + progressDeadlineSeconds * 1_000, ...moments].filter((moment) => moment > began),
    )
    if (next === Infinity) return
    // A timer may fire a little early.
    this.#timer = setTimeout(() => this.#sync(), Math.max(next - now(), 0) + 1)
  }
}
