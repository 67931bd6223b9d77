import type { AbandonedRun } from './operation.js'

/** Names the command that undoes a change of the pod template. */
export function undoRollout({ namespace, workload, rounds }: AbandonedRun): string {
  const name = `${workload.kind.word}/${workload.name}`
  return rounds === 1
    ? `if kubectl rollout history ${name} -n ${namespace} shows a revision of this run, kubectl rollout undo ${name} -n ${namespace} goes back`
    : `kubectl rollout history ${name} -n ${namespace} shows the revisions, and kubectl rollout undo ${name} -n ${namespace} --to-revision= goes back to one`
}

export const scaleUpAgain = ({ namespace, workload }: AbandonedRun): string =>
  `if it has fewer replicas than before, kubectl scale ${workload.kind.word}/${workload.name} -n ${namespace} --replicas= gives it as many`

export const uncordonNode = (): string =>
  'if kubectl get nodes shows one with SchedulingDisabled that was not so before, kubectl uncordon brings it back'

export const waitForReplacement = (): string => 'its controller replaces what was deleted'

export const deleteAddedPod = ({ namespace, workload }: AbandonedRun): string =>
  `if pod ${workload.name}-liveness is there, kubectl delete pod -n ${namespace} removes it`
