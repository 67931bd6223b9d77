import type { ScenarioName } from '../scenarios/scenario.js'
import type { KubernetesSettings, ProveSettings } from './settings/prove-settings.js'

/** One sentence for somebody who leaves before the target was put back: where to look, and what goes back. */
export function whatIsLeft({ target, rounds, scenario }: ProveSettings): string {
  if (target.kind === 'local') return 'Every process of the run ends with this one.'
  const { namespace, workload } = target
  const name = `${workload.kind.word}/${workload.name}`
  return (
    `What was done to ${name} in ${namespace} stands as it is, and a clone for the naive twin may be left: ` +
    `see kubectl get ${workload.kind.resource},services,pods -n ${namespace}; ${wayBack(scenario.scenario.name, target, rounds)}.`
  )
}

function wayBack(scenario: ScenarioName, { namespace, workload }: KubernetesSettings, rounds: number): string {
  const name = `${workload.kind.word}/${workload.name}`
  switch (scenario) {
    case 'scale-down':
      return `if it has fewer replicas than before, kubectl scale ${name} -n ${namespace} --replicas= gives it as many`
    case 'drain-node':
      return 'if kubectl get nodes shows one with SchedulingDisabled that was not so before, kubectl uncordon brings it back'
    case 'delete-pod':
    case 'kill':
      return 'its controller replaces what was deleted'
    case 'liveness-restart':
      return `if pod ${workload.name}-liveness is there, kubectl delete pod -n ${namespace} removes it`
    default:
      return rounds === 1
        ? `if kubectl rollout history ${name} -n ${namespace} shows a revision of this run, kubectl rollout undo ${name} -n ${namespace} goes back`
        : `kubectl rollout history ${name} -n ${namespace} shows the revisions, and kubectl rollout undo ${name} -n ${namespace} --to-revision= goes back to one`
  }
}
