import { UsageError } from '../../../base/errors.js'
import type { Manifests } from '../../../inputs/manifests/manifests.js'
import type { LocalScenario } from './action.js'
import { forward, roll } from './roll.js'

/** Pods of the new version are asked for their readiness only some time after their start. */
export const slowReadiness: LocalScenario = {
  set(options, manifests) {
    const setting = forward(options, manifests)
    const { 'ready-after': seconds = 0 } = options.scenario.values
    return { ...setting, other: { ...setting.other, manifests: withInitialDelay(manifests, seconds) } }
  },
  play: roll,
}

/** Each load balancer learns of each change up to so many seconds late. */
export const slowPropagation: LocalScenario = {
  set(options, manifests) {
    const { 'propagation-seconds': seconds = 0 } = options.scenario.values
    return { ...forward(options, manifests), propagation: { min: 0, max: seconds * 1_000 } }
  },
  play: roll,
}

function withInitialDelay(manifests: Manifests, seconds: number): Manifests {
  const { container, deployment } = manifests
  const { readinessProbe } = container
  if (readinessProbe === undefined) {
    throw new UsageError(
      `${deployment.file}: Deployment ${deployment.name}: ${container.field} has no readinessProbe, so its pods cannot become ready late`,
    )
  }
  return {
    ...manifests,
    container: { ...container, readinessProbe: { ...readinessProbe, initialDelaySeconds: seconds } },
  }
}
