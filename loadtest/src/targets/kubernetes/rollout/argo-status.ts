import { plural } from '../../../base/text.js'
import { isAlive, isLeaving, isReady } from '../pods/pod-state.js'
import { observedGeneration, ROLLOUT_HASH, type Workload } from '../api/objects.js'
import type { RolloutStatus, RolloutView } from './rollout-status.js'

/**
 * Returns the status of a Rollout of Argo Rollouts: its pods and numbers, as for a Deployment, and what its controller says of its steps.
 * Numbers alone are not enough: a restart and the analysis after a promotion change none of them at first.
 *
 * Source: `CalculateRolloutPhase` in argo-rollouts `utils/rollout/rolloututil.go`.
 *
 * @param counted the status by pods and numbers
 */
export function argoStatus({ workload, pods }: RolloutView, counted: RolloutStatus): RolloutStatus {
  const { metadata, status = {} } = workload
  const { phase, message = '', abort = false, stableRS } = status
  if (observedGeneration(workload) < (metadata.generation ?? 0)) return counted
  const own = pods.filter((pod) => pod.metadata.labels?.[ROLLOUT_HASH] !== undefined && isAlive(pod))
  const isQuiet = own.every((pod) => !isLeaving(pod) && isReady(pod))
  const not = (detail: string, halted?: RolloutStatus['halted']): RolloutStatus => ({
    ...counted,
    finished: false,
    detail,
    ...(halted === undefined ? {} : { halted }),
  })
  if (message.startsWith('InvalidSpec')) return not(`its controller refuses it (${message})`, 'refused')
  if (abort) {
    const seen = own.filter((pod) => pod.metadata.labels?.[ROLLOUT_HASH] !== stableRS).length
    // The status can be seen before the pods.
    const left = Math.max(seen, (status.replicas ?? 0) - counted.desired)
    if (left > 0)
      return not(`it was aborted, and ${plural(left, 'pod')} of the aborted version ${left === 1 ? 'is' : 'are'} left`)
    const ready = own.filter(isReady).length
    const isBack = isQuiet && ready >= counted.desired
    return isBack
      ? not('it was aborted, and only its stable version serves', 'aborted')
      : not(`it was aborted, and ${ready} of ${counted.desired} pods of its stable version are ready`)
  }
  if (phase === 'Paused') {
    const promote = `kubectl argo rollouts promote ${metadata.name} -n ${metadata.namespace}`
    return not(
      `it is paused (${message}) until its pause ends or somebody promotes it: '${promote}'`,
      isQuiet ? 'paused' : undefined,
    )
  }
  if (counted.finished && phase !== undefined && phase !== 'Healthy') return not(message)
  return counted
}

/**
 * Returns what changes when somebody acts on a Rollout. A promotion and an abort change its status alone, and a change of its workloadRef
 * only the hash.
 */
export const argoProgress = ({ spec, status = {} }: Workload): string =>
  JSON.stringify([
    { ...spec, replicas: undefined },
    status.currentPodHash,
    status.stableRS,
    status.currentStepIndex,
    status.abort === true,
    (status.pauseConditions ?? []).length > 0,
  ])
