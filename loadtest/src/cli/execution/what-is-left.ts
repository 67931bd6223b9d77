import { operationOf } from '../../scenarios/choose.js'
import type { ProveSettings } from '../settings/prove-settings.js'

/** One sentence for somebody who leaves before the target was put back: where to look, and what goes back. */
export function whatIsLeft({ target, rounds, scenario }: ProveSettings): string {
  if (target.kind === 'local') return 'Every process of the run ends with this one.'
  const { namespace, workload } = target
  const name = `${workload.kind.word}/${workload.name}`
  return (
    `What was done to ${name} in ${namespace} stands as it is, and a clone for the naive twin may be left: ` +
    `see kubectl get ${workload.kind.resource},services,pods -n ${namespace}; ${operationOf(scenario).undoByHand({ namespace, workload, rounds })}.`
  )
}
