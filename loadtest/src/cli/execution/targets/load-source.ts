import type { LoadSource } from '../../../proof/load-source.js'
import type { KubeconfigOptions } from '../../../targets/kubernetes/api/kubeconfig.js'
import type { LoadFromSettings } from '../../settings/load-from.js'

interface SourceOptions extends LoadFromSettings {
  readonly namespace: string
  readonly timeoutMs: number
  readonly access: KubeconfigOptions
}

/** The time of a run beside its rollout, in s: its start, its end, and a rollout that is undone. */
const SPARE_SECONDS = 1_800

/** Returns what sends the load of a proof; undefined if this machine does. */
export async function loadSourceOf({
  workers,
  workerImage,
  namespace,
  timeoutMs,
  access,
}: SourceOptions): Promise<LoadSource | undefined> {
  if (workers === undefined || workerImage === undefined) return undefined
  const { createFleet } = await import('../../../workers/fleet.js')
  const { JobHost } = await import('../../../workers/kubernetes/job-host.js')
  const { loadKubeconfig } = await import('../../../targets/kubernetes/api/kubeconfig.js')
  const config = await loadKubeconfig(access)
  const longestSeconds = Math.ceil(timeoutMs / 1_000) + SPARE_SECONDS
  const createHost = () => new JobHost({ config, namespace, image: workerImage, longestSeconds })
  return createFleet({ createHost, workers })
}
