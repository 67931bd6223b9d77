import type { ExitStatus } from '../../base/exit-status.js'
import { cloudCommunal } from '../../inputs/profile/cloud-communal.js'
import { findingsInCluster } from '../../doctor/before-rollout.js'
import type { Settings } from '../../reports/report.js'
import { nameOf } from '../../targets/kubernetes/watch/command.js'
import { createKubernetesWatch } from '../../targets/kubernetes/watch/watch.js'
import type { WatchSettings } from '../settings/watch-settings.js'
import { kubeconfigOf, urlsOf, type TargetFactory } from './create-target.js'
import { loadSourceOf } from './load-source.js'
import { runProof } from './run-proof.js'
import { shown } from './shown.js'
import { workersLeft } from './what-is-left.js'

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
        expects: 'watched',
        twin: false,
        whyNoTwin: 'somebody else makes the rollout',
        rounds: 1,
        untilBound: undefined,
        restoreAfterwards: false,
      },
      profile: cloudCommunal,
      targets: async () => targetsOf(settings),
      findings: async () => {
        const { namespace, workloads, kubeconfig, context } = settings
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
      whatIsLeft: () =>
        `zero-drop has changed nothing in the cluster.${workersLeft(settings.namespace, settings.loadFrom)}`,
    },
  )

async function targetsOf(settings: WatchSettings): Promise<TargetFactory> {
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
    { target: 'kubernetes', workloads: names, command: nameOf(command), ...rest, ...reach.shown },
    reportFiles,
  )
}
