import { UsageError } from '../../base/errors.js'
import type { RunHooks } from '../../proof/run-options.js'
import type { Role } from '../../verdict/story/run-record.js'
import { operationOf, wayBack, withOneVersion } from '../../scenarios/choose.js'
import type { ChosenScenario } from '../../scenarios/scenario.js'
import type { Round } from '../../proof/prove-options.js'
import type { KubeconfigOptions } from '../../targets/kubernetes/api/kubeconfig.js'
import type { Target } from '../../targets/target.js'
import type { KubernetesSettings } from '../settings/kubernetes-settings.js'
import type { ProveSettings } from '../settings/prove-settings.js'

export type CreateTarget = (role: Role, hooks: RunHooks, round: Round) => Target

export interface TargetFactory {
  readonly createTarget: CreateTarget
  /** Where what was rolled out stays. */
  readonly goHome?: () => Promise<string | undefined>
}

/**
 * What makes the targets of a run, each fresh. The Kubernetes client is large: it is loaded only where it is needed.
 *
 * @throws {UsageError} where the cluster cannot be asked for the URLs
 */
export async function targetFactory(settings: ProveSettings): Promise<TargetFactory> {
  const { target } = settings
  if (target.kind === 'kubernetes') return kubernetesFactory(settings, target)
  const { localFactory } = await import('./local-factory.js')
  return { createTarget: localFactory(settings, target) }
}

const isWayBack = (number: number): boolean => number % 2 === 0

async function kubernetesFactory(settings: ProveSettings, target: KubernetesSettings): Promise<TargetFactory> {
  const { createKubernetesTarget, Baseline } = await import('../../targets/kubernetes/kubernetes.js')
  const { discoverUrls } = await import('../../targets/kubernetes/workload/discover.js')
  const { namespace, workload, container, image, twinCommand, twinImage, kubeconfig, context } = target
  const access = {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  }
  // A right that only the twin needs must not be missed after the service has been rolled.
  if (settings.twin) await assertTwinRights(settings, target, access)
  const urls = target.urls.length > 0 ? target.urls : await discoverUrls({ namespace, workload, ...access })
  const twin = {
    ...(twinCommand === undefined ? {} : { command: twinCommand }),
    ...(twinImage === undefined ? {} : { image: { from: twinImage, to: twinImage } }),
  }
  const baseline = new Baseline()
  const createTarget: CreateTarget = (role, hooks, { number }) => {
    // With --restore it is back already.
    const chosen = isWayBack(number) && !target.restore ? wayBack(settings.scenario) : settings.scenario
    const change = role === 'twin' ? twinScenario(settings) : chosen
    const own = change === settings.scenario
    return createKubernetesTarget({
      namespace,
      workload,
      urls,
      operation: operationOf(change),
      values: change.values,
      timeoutMs: settings.timeoutMs,
      onPodOutput: (pod, line) => hooks.podOutput(pod, line),
      ...access,
      ...(container === undefined ? {} : { container }),
      ...(image === undefined || !own ? {} : { image }),
      ...(role === 'twin' ? { twin } : { baseline }),
    })
  }
  return { createTarget, goHome: () => baseline.restore() }
}

/**
 * What the clone goes through. By its time the service has the new version already, and with an image of its own it has but
 * the one: what is left to do is to roll it once more.
 */
function twinScenario({ service, scenario, target }: ProveSettings): ChosenScenario {
  const ownImage = target.kind === 'kubernetes' && target.twinImage !== undefined
  return service === 'graceful' || ownImage ? withOneVersion(scenario) : scenario
}

async function assertTwinRights(
  settings: ProveSettings,
  { namespace, workload: { kind } }: KubernetesSettings,
  access: KubeconfigOptions,
): Promise<void> {
  const { assertRights, RightsError } = await import('../../targets/kubernetes/api/rights.js')
  const { rightsFor } = await import('../../targets/kubernetes/actions/rights.js')
  const { Client } = await import('../../targets/kubernetes/api/client.js')
  const { loadKubeconfig } = await import('../../targets/kubernetes/api/kubeconfig.js')
  const client = new Client(await loadKubeconfig(access))
  const rights = rightsFor(kind, operationOf(settings.scenario), { twin: true })
  await assertRights(client, namespace, rights).catch((error: unknown) => {
    if (!(error instanceof RightsError)) throw error
    throw new UsageError(`${error.message}; without the naive twin (--no-twin) less is needed`, {
      cause: error,
    })
  })
}
