import { anyService } from '../../../inputs/profile/any-service.js'
import { cloudCommunal } from '../../../inputs/profile/cloud-communal.js'
import type { Profile } from '../../../inputs/profile/profile.js'
import { findingsInCluster, findingsInManifests, type ManifestFinding } from '../../../doctor/before-rollout.js'
import { fromHere } from '../../settings/paths.js'
import type { Settings } from '../../../reports/report.js'
import { variables } from '../../settings/local-settings.js'
import type { ProveSettings } from '../../settings/prove-settings.js'
import { targetFactory } from '../targets/create-target.js'
import { defaultProfile } from './default-profile.js'
import { shown } from './shown.js'
import type { ProofPlan } from './proof.js'

/** Returns the proof that a command line of `zero-drop prove` asks for. */
export function provePlan(settings: ProveSettings): ProofPlan {
  const { service, scenario, twin, whyNoTwin, rounds, untilBound, target } = settings
  const restoreAfterwards = target.kind === 'kubernetes' && target.restore
  return {
    runs: { service, expects: scenario.scenario.expects, twin, whyNoTwin, rounds, untilBound, restoreAfterwards },
    profile: profileOf(target),
    targets: async () => targetFactory(settings),
    findings: async () => findingsOf(settings),
    shown: plain(settings),
  }
}

function profileOf(target: ProveSettings['target']): Profile {
  if (target.kind === 'kubernetes') return defaultProfile([target.workload.name])
  return target.command === undefined ? cloudCommunal : anyService(target.path, target.contains)
}

async function findingsOf({ target }: ProveSettings): Promise<readonly ManifestFinding[]> {
  if (target.kind === 'kubernetes') {
    const { namespace, workload, kubeconfig, context } = target
    return findingsInCluster({ namespace, workloads: [`${workload.kind.name}/${workload.name}`], kubeconfig, context })
  }
  return target.manifests === undefined ? [] : findingsInManifests(target.manifests, fromHere('.'))
}

/**
 * The settings as the report shows them: flat, the workload as kubectl names it, null for what is not set. Variables have no values,
 * which can be secrets.
 */
function plain({ target, scenario: { scenario, values }, reportFiles, reach, ...rest }: ProveSettings): Settings {
  const { kind, ...own } =
    target.kind === 'local'
      ? { ...target, env: Object.keys(variables(target.env)).map((name) => `${name}=***`) }
      : { ...target, workload: `${target.workload.kind.word}/${target.workload.name}` }
  return shown({ target: kind, scenario: scenario.name, ...values, ...rest, ...reach.shown, ...own }, reportFiles)
}
