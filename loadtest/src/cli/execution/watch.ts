import type { ExitStatus } from '../../base/exit-status.js'
import type { Settings } from '../../reports/report.js'
import { nameOf } from '../../targets/command.js'
import { createUrlWatch } from '../../targets/url/watch.js'
import type { WatchSettings } from '../settings/watch-settings.js'
import { kubeconfigOf, urlsOf, type TargetFactory } from './targets/create-target.js'
import { defaultProfile } from './proof/default-profile.js'
import { runProof } from './proof/run-proof.js'
import { shown } from './proof/shown.js'
import { workersLeft } from './output/what-is-left.js'

/**
 * Drives load during a rollout that something else makes, and judges it.
 *
 * @throws {UsageError | HarnessError}
 */
export const watch = (settings: WatchSettings): Promise<ExitStatus> =>
  runProof(
    settings,
    {
      runs: {
        service: 'graceful',
        expects: settings.workloads.length === 0 ? 'unseen' : 'watched',
        twin: false,
        whyNoTwin: 'somebody else makes the rollout',
        rounds: 1,
        untilBound: undefined,
        restoreAfterwards: false,
      },
      profile: defaultProfile(
        settings.workloads.map(({ name }) => name),
        settings.path,
        settings.contains,
      ),
      targets: async () => targetsOf(settings),
      findings: async () => {
        const { namespace, workloads, kubeconfig, context } = settings
        if (workloads.length === 0) return []
        const { findingsInCluster } = await import('../../doctor/before-rollout.js')
        return findingsInCluster({
          namespace,
          workloads: workloads.map(({ kind, name }) => `${kind.name}/${name}`),
          kubeconfig,
          context,
        })
      },
      shown: plain(settings),
    },
    {
      name: 'watch',
      whatIsLeft: () => `zero-drop has changed nothing.${workersLeft(settings.namespace, settings.loadFrom)}`,
    },
  )

/** The code of the other target is not loaded: the Kubernetes client is large, and needs a newer Node. */
async function targetsOf(settings: WatchSettings): Promise<TargetFactory> {
  if (settings.workloads.length > 0) return kubernetesWatch(settings)
  const { urls, command, patienceMs, timeoutMs, reach } = settings
  return { createTarget: () => createUrlWatch({ urls, command, patienceMs, timeoutMs, access: reach.access }) }
}

async function kubernetesWatch(settings: WatchSettings): Promise<TargetFactory> {
  const { createKubernetesWatch } = await import('../../targets/kubernetes/watch/watch.js')
  const { loadSourceOf } = await import('./targets/load-source.js')
  const { namespace, workloads, container, command, patienceMs, timeoutMs } = settings
  const access = kubeconfigOf(settings)
  const urls = await urlsOf({ ...settings, workload: workloads[0] })
  return {
    loadSource: await loadSourceOf({ ...settings, access }),
    createTarget: (_, hooks) =>
      createKubernetesWatch({
        namespace,
        workloads,
        urls,
        reachedFromHere: settings.loadFrom !== 'cluster',
        command,
        patienceMs,
        timeoutMs,
        access: settings.reach.access,
        onPodOutput: (pod, line) => hooks.podOutput(pod, line),
        ...access,
        ...(container === undefined ? {} : { container }),
      }),
  }
}

/** The settings as the report shows them: the workloads as kubectl names them, the command without its flags. */
function plain({ workloads, command, reportFiles, reach, ...rest }: WatchSettings): Settings {
  const names = workloads.map(({ kind, name }) => `${kind.word}/${name}`)
  return shown(
    {
      target: workloads.length === 0 ? 'url' : 'kubernetes',
      workloads: names,
      command: nameOf(command),
      ...rest,
      ...reach.shown,
    },
    reportFiles,
  )
}
