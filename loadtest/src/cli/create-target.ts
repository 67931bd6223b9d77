import { join } from 'node:path'
import type { RunHooks } from '../run-options.js'
import type { Role } from '../run-record.js'
import { wayBack } from '../scenarios/way-back.js'
import type { Round } from '../series.js'
import type { KubeconfigOptions } from '../targets/kubernetes/kubeconfig.js'
import { TargetError } from '../targets/target.js'
import type { Target } from '../targets/target.js'
import { REPOSITORY } from './paths.js'
import type { KubernetesSettings, LocalSettings, ProveSettings } from './prove-settings.js'

export type CreateTarget = (role: Role, hooks: RunHooks, round: Round) => Target

const FROM_VERSION = 'v1.0.0'
const TO_VERSION = 'v1.0.1'
const SERVICE = join(REPOSITORY, 'packages/cloud-communal-service/dist')

/**
 * What makes the targets of a run, each fresh. The Kubernetes client is large: it is loaded only where it is needed.
 *
 * @throws {TargetError} where the cluster cannot be asked for the URLs
 */
export async function targetFactory(settings: ProveSettings): Promise<CreateTarget> {
  const { target } = settings
  return target.kind === 'local' ? localFactory(settings, target) : kubernetesFactory(settings, target)
}

async function localFactory({ scenario }: ProveSettings, { manifests, logs }: LocalSettings): Promise<CreateTarget> {
  const { createLocalTarget } = await import('../targets/local.js')
  return (role, hooks, { number, seed }) =>
    createLocalTarget({
      manifests,
      command: [process.execPath, join(SERVICE, role === 'twin' ? 'naive.js' : 'main.js')],
      fromVersion: FROM_VERSION,
      toVersion: TO_VERSION,
      seed,
      // Its processes are fresh ones each time, but those of the other version are to be seen ending, too.
      scenario: isWayBack(number) ? wayBack(scenario) : scenario,
      onPodOutput: (pod, line) => hooks.podOutput(pod, line),
      onRefused: (connection) => hooks.refused(connection),
      ...(logs === undefined ? {} : { logDirectory: join(logs, number === 1 ? role : `${role}-${number}`) }),
    })
}

const isWayBack = (number: number): boolean => number % 2 === 0

async function kubernetesFactory(settings: ProveSettings, target: KubernetesSettings): Promise<CreateTarget> {
  const { createKubernetesTarget } = await import('../targets/kubernetes.js')
  const { discoverUrls } = await import('../discover.js')
  const { namespace, deployment, container, image, twinCommand, kubeconfig, context } = target
  const access = {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  }
  // A right that only the twin needs must not be missed after the service has been rolled.
  if (settings.twin) await assertTwinRights(namespace, access)
  const urls = target.urls.length > 0 ? target.urls : await discoverUrls({ namespace, deployment, ...access })
  // By the time of the twin the service has been changed already: what is left to do to its clone is to roll it once more.
  const onlyRestarts = (role: Role): boolean => role === 'twin' && settings.service === 'graceful'
  return (role, hooks, { number }) => {
    const chosen = isWayBack(number) ? wayBack(settings.scenario) : settings.scenario
    const toRevision = chosen.values['to-revision']
    return createKubernetesTarget({
      namespace,
      deployment,
      urls,
      scenario: onlyRestarts(role) ? 'restart' : chosen.scenario.name,
      timeoutMs: settings.timeoutMs,
      onPodOutput: (pod, line) => hooks.podOutput(pod, line),
      ...access,
      ...(container === undefined ? {} : { container }),
      ...(image === undefined || chosen !== settings.scenario || onlyRestarts(role) ? {} : { image }),
      ...(toRevision === undefined || onlyRestarts(role) ? {} : { toRevision }),
      ...(role === 'twin' ? { twin: { command: twinCommand } } : {}),
    })
  }
}

async function assertTwinRights(namespace: string, access: KubeconfigOptions): Promise<void> {
  const { assertRights, ROLLOUT_RIGHTS, TWIN_RIGHTS } = await import('../targets/kubernetes/access.js')
  const { Client } = await import('../targets/kubernetes/client.js')
  const { loadKubeconfig } = await import('../targets/kubernetes/kubeconfig.js')
  const client = new Client(await loadKubeconfig(access))
  await assertRights(client, namespace, [...ROLLOUT_RIGHTS, ...TWIN_RIGHTS]).catch((error: unknown) => {
    if (!(error instanceof TargetError)) throw error
    throw new TargetError(error.kind, `${error.message}; without the naive twin (--no-twin) less is needed`, {
      cause: error,
    })
  })
}
