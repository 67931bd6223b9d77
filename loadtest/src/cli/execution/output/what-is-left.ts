import { operationOf } from '../../../scenarios/choose.js'
import type { ProveSettings } from '../../settings/prove-settings.js'

/** Says what a user has to restore by hand who exits before the target is restored, and with which commands. */
export function whatIsLeft({ target, rounds, scenario, loadFrom }: ProveSettings): string {
  if (target.kind === 'local') return 'The processes of the run exit too.'
  const { namespace, workload } = target
  const name = `${workload.kind.word}/${workload.name}`
  return (
    `${name} in ${namespace} is not restored, and a clone for the naive twin may be left: ` +
    `see kubectl get ${workload.kind.resource},services,pods -n ${namespace}; ${operationOf(scenario).undoByHand({ namespace, workload, rounds })}.` +
    workersLeft(namespace, loadFrom)
  )
}

/** Says how to remove the workers. Their Job ends by itself a minute later, and the cluster removes it after ten. */
export const workersLeft = (namespace: string, loadFrom: ProveSettings['loadFrom']): string =>
  loadFrom === 'here'
    ? ''
    : ` The workers stop within a minute; remove them with kubectl delete jobs,secrets -n ${namespace} -l zero-drop/load.`
