import type { AbandonedRun } from './operation.js'

// Each function completes the sentence "see kubectl get …; …" after a second Ctrl-C.

/** Names the command that undoes a change of the pod template. */
export function undoRollout({ namespace, workload, rounds }: AbandonedRun): string {
  const name = `${workload.kind.word}/${workload.name}`
  return rounds === 1
    ? `if kubectl rollout history ${name} -n ${namespace} shows a revision of this run, kubectl rollout undo ${name} -n ${namespace} restores the version before`
    : `kubectl rollout history ${name} -n ${namespace} shows the revisions, and kubectl rollout undo ${name} -n ${namespace} --to-revision= restores one of them`
}

/** Names the command that scales a workload up. */
export const scaleUpAgain = ({ namespace, workload }: AbandonedRun): string =>
  `if it has fewer replicas than before, kubectl scale ${workload.kind.word}/${workload.name} -n ${namespace} --replicas= restores their number`

/** Names the command that makes a node schedulable. */
export const uncordonNode = (): string =>
  'if kubectl get nodes shows a node with SchedulingDisabled that this run cordoned, kubectl uncordon makes it schedulable'

/** Explains that deleted pods need no command. */
export const waitForReplacement = (): string => 'its controller replaces the deleted pods'

/** Names the command that deletes the pod of a liveness restart. */
export const deleteAddedPod = ({ namespace, workload }: AbandonedRun): string =>
  `if pod ${workload.name}-liveness is there, kubectl delete pod -n ${namespace} removes it`
