import { UsageError } from '../../../base/errors.js'
import { operationOf, wayBack, withOneVersion } from '../../../scenarios/choose.js'
import type { ChosenScenario } from '../../../scenarios/scenario.js'
import type { LoadSource } from '../../../proof/load-source.js'
import type { CreateTarget } from '../../../proof/prove-options.js'
import type { KubeconfigOptions } from '../../../targets/kubernetes/api/kubeconfig.js'
import type { WorkloadName } from '../../../targets/kubernetes/workload/kinds.js'
import type { TwinDifference } from '../../../targets/kubernetes/twin/twin-plan.js'
import type { KubernetesSettings } from '../../settings/kubernetes-settings.js'
import type { LoadFromSettings } from '../../settings/load-from.js'
import type { ProveSettings } from '../../settings/prove-settings.js'
import { loadSourceOf } from './load-source.js'

export interface TargetFactory {
  readonly createTarget: CreateTarget
  /** Restores the state before the first rollout, where rollouts are kept. Returns what could not be restored. */
  readonly goHome?: () => Promise<string | undefined>
  /** The machines that send the load. Default: this machine. */
  readonly loadSource?: LoadSource | undefined
}

/**
 * Returns the factory for the targets of a proof; each run has its own target. The code of the other target is not loaded,
 * because the Kubernetes client is large.
 *
 * @throws {UsageError} the cluster does not name the URLs of the service, or rights are missing
 */
export async function targetFactory(settings: ProveSettings): Promise<TargetFactory> {
  const { target } = settings
  if (target.kind === 'kubernetes') return kubernetesFactory(settings, target)
  const { localFactory, warnOfSharedAddress } = await import('./local-factory.js')
  const createTarget = localFactory(settings, target)
  await warnOfSharedAddress(target)
  return { createTarget }
}

const isWayBack = (number: number): boolean => number % 2 === 0

async function kubernetesFactory(settings: ProveSettings, target: KubernetesSettings): Promise<TargetFactory> {
  const { createKubernetesTarget, Baseline } = await import('../../../targets/kubernetes/kubernetes.js')
  const { namespace, workload, container, image } = target
  const access = kubeconfigOf(target)
  // Otherwise a right that only the twin needs would be missed after the rollout of the service.
  if (hasTwin(settings)) await assertTwinRights(settings, target, access)
  const { urls, twin } = await clusterOf(target, settings.loadFrom)
  const baseline = new Baseline()
  const createTarget: CreateTarget = (role, hooks, { number }) => {
    // With --restore the target is already back at its first version.
    const chosen = isWayBack(number) && !target.restore ? wayBack(settings.scenario) : settings.scenario
    const change = role === 'twin' ? twinScenario(settings) : chosen
    const own = change === settings.scenario
    return createKubernetesTarget({
      namespace,
      workload,
      urls,
      reachedFromHere: settings.loadFrom !== 'cluster',
      operation: operationOf(change),
      values: change.values,
      timeoutMs: settings.timeoutMs,
      access: settings.reach.access,
      onPodOutput: (pod, line) => hooks.podOutput(pod, line),
      ...access,
      ...(container === undefined ? {} : { container }),
      ...(image === undefined || !own ? {} : { image }),
      ...(role === 'twin' ? { twin } : { baseline }),
    })
  }
  const loadSource = await loadSourceOf({ ...settings, namespace, access })
  return { createTarget, goHome: () => baseline.restore(), loadSource }
}

type KubeconfigSettings = Pick<KubernetesSettings, 'kubeconfig' | 'context'>

/** The kubeconfig and the context that the user named. */
export const kubeconfigOf = ({ kubeconfig, context }: KubeconfigSettings): KubeconfigOptions => ({
  ...(kubeconfig === undefined ? {} : { kubeconfig }),
  ...(context === undefined ? {} : { context }),
})

/**
 * Returns the URLs that the user named, else those of the workload's Service.
 *
 * @throws {UsageError} the cluster does not name them
 */
export async function urlsOf({
  urls,
  namespace,
  workload,
  loadFrom,
  ...settings
}: Pick<KubernetesSettings, 'urls' | 'namespace'> &
  Pick<LoadFromSettings, 'loadFrom'> &
  KubeconfigSettings & { readonly workload: WorkloadName | undefined }): Promise<readonly string[]> {
  if (urls.length > 0 || workload === undefined) return urls
  const { discoverUrls } = await import('../../../targets/kubernetes/workload/discover.js')
  const { discoverServiceUrls } = await import('../../../targets/kubernetes/workload/service-urls.js')
  const discover = loadFrom === 'cluster' ? discoverServiceUrls : discoverUrls
  return discover({ namespace, workload, ...kubeconfigOf(settings) })
}

/**
 * Finds the URLs of a target in a cluster, and what differs in its twin.
 *
 * @throws {UsageError} the cluster does not name the URLs
 */
export async function clusterOf(
  target: KubernetesSettings,
  loadFrom: LoadFromSettings['loadFrom'],
): Promise<{
  readonly access: KubeconfigOptions
  readonly urls: readonly string[]
  readonly twin: TwinDifference
}> {
  const { workload, twinCommand, twinImage } = target
  const { twinServiceUrls } = await import('../../../targets/kubernetes/workload/service-urls.js')
  const { twinName } = await import('../../../targets/kubernetes/twin/twin-objects.js')
  const access = kubeconfigOf(target)
  const urls = await urlsOf({ ...target, loadFrom })
  const twinUrls = loadFrom === 'cluster' ? twinServiceUrls(urls, twinName(workload.name, workload.kind)) : undefined
  const twin = {
    ...(twinUrls === undefined ? {} : { urls: twinUrls }),
    ...(twinCommand === undefined ? {} : { command: twinCommand }),
    ...(twinImage === undefined ? {} : { image: { from: twinImage, to: twinImage } }),
  }
  return { access, urls, twin }
}

/** Whether a twin can run. In some scenarios there is nothing for it to show. */
export const hasTwin = ({ twin, service, scenario }: ProveSettings): boolean =>
  service === 'naive' || (twin && scenario.scenario.expects === 'replaced')

/**
 * Returns the scenario of the twin. The clone has only one version if the service already has the new one, or if the twin has
 * its own image.
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
  const { assertRights, RightsError } = await import('../../../targets/kubernetes/api/rights.js')
  const { rightsFor } = await import('../../../targets/kubernetes/actions/rights.js')
  const { Client } = await import('../../../targets/kubernetes/api/client.js')
  const { loadKubeconfig } = await import('../../../targets/kubernetes/api/kubeconfig.js')
  const client = new Client(await loadKubeconfig(access))
  const rights = rightsFor(kind, operationOf(settings.scenario), { twin: true })
  await assertRights(client, namespace, rights).catch((error: unknown) => {
    if (!(error instanceof RightsError)) throw error
    throw new UsageError(`${error.message}; --no-twin needs fewer rights`, {
      cause: error,
    })
  })
}
