import { UsageError } from '../../../base/errors.js'
import { wrong, type Manifests } from '../../../inputs/manifests/manifests.js'
import type { Propagation } from '../balancers/propagation.js'
import type { LocalAction, LocalContext } from './action.js'
import { toNewer, toOlder, unchanged } from './plans.js'

export interface RollOptions {
  /** Names the rollout in reports. */
  readonly label: string
  /** Changes the manifests of the newer version. Default: both versions have the same manifests. */
  readonly newer?: (manifests: Manifests) => Manifests
  /** Replaces the propagation delay of the target. */
  readonly propagation?: Propagation
}

/** Rolls from the older version to the newer one. */
export const rollForward = ({ label, newer = (same) => same, propagation }: RollOptions): LocalAction => ({
  plan(versions, manifests) {
    const plan = toNewer(label, versions, manifests)
    const other = { ...plan.other, manifests: newer(manifests) }
    return { ...plan, other, ...(propagation === undefined ? {} : { propagation }) }
  },
  perform: switchTemplate,
})

/**
 * Rolls from the newer version back to the older one.
 *
 * @param toRevision revision 1 is the older version, revision 2 the newer one.
 */
export const rollBack = (label: string, toRevision = 1): LocalAction => ({
  plan(versions, manifests) {
    const plan = toOlder(label, versions, manifests)
    if (toRevision === 1) return plan
    throw new UsageError(
      `there is no revision ${toRevision} to go back to: here revision 1 is ${versions.fromVersion}, and 2 (${versions.toVersion}) is the present one`,
    )
  },
  perform: switchTemplate,
})

/** Replaces every pod by one of the same version. */
export const rollAgain = (label: string): LocalAction => ({
  plan: (versions, manifests) => unchanged(label, versions, manifests),
  perform: switchTemplate,
})

function switchTemplate({ controller }: LocalContext, signal: AbortSignal): ReturnType<LocalAction['perform']> {
  controller.switchTemplate()
  return controller.follow(signal)
}

/**
 * Returns the manifests with a later first readiness probe.
 *
 * @throws {UsageError} the container has no readiness probe.
 */
export function withReadinessDelay(manifests: Manifests, seconds: number): Manifests {
  const { container, deployment } = manifests
  const { readinessProbe } = container
  if (readinessProbe === undefined) {
    throw wrong(
      deployment,
      container.field,
      'has no readinessProbe, so its pods cannot become ready late: add one, or give --readiness-path',
    )
  }
  return {
    ...manifests,
    container: { ...container, readinessProbe: { ...readinessProbe, initialDelaySeconds: seconds } },
  }
}
