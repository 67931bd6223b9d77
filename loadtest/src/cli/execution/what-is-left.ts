import { operationOf } from '../../scenarios/choose.js'
import type { ProveSettings } from '../settings/prove-settings.js'

/** Says what a user has to restore by hand who exits before the target is restored, and with which commands. */
export function whatIsLeft({ target, rounds, scenario }: ProveSettings): string {
  if (target.kind === 'local') return 'The processes of the run exit too.'
  const { namespace, workload } = target
  const name = `${workload.kind.word}/${workload.name}`
  return (
    `${name} in ${namespace} is not restored, and a clone for the naive twin may be left: ` +
    `see kubectl get ${workload.kind.resource},services,pods -n ${namespace}; ${operationOf(scenario).undoByHand({ namespace, workload, rounds })}.`
  )
}
