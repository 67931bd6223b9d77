import { now } from '../../../base/clock.js'
import { observedGeneration, type ContainerStatus, type Pod, type Workload } from '../api/objects.js'
import { isReady } from './pod-state.js'

/** The reason why a pod does not become ready. */
export interface PodFailure {
  /** Failures of one kind count as one failure that lasts, even if its text changes. */
  readonly kind: string
  readonly pod: string | undefined
  /** Names the pod, the container and the reason that Kubernetes gives. */
  readonly text: string
  /** How long the failure must last before it counts, in ms. */
  readonly patienceMs: number
  /** The container whose last output may explain the failure. */
  readonly container?: string
}

const PATIENCE_MS = 20_000
/** The patience for a failure that lasts until somebody changes the workload. */
const PERMANENT_MS = 3_000

const WAITING: Readonly<Record<string, { kind: string; patienceMs: number }>> = {
  ErrImagePull: { kind: 'image', patienceMs: PATIENCE_MS },
  ImagePullBackOff: { kind: 'image', patienceMs: PATIENCE_MS },
  ErrImageNeverPull: { kind: 'image', patienceMs: PATIENCE_MS },
  RegistryUnavailable: { kind: 'image', patienceMs: PATIENCE_MS },
  InvalidImageName: { kind: 'image', patienceMs: PERMANENT_MS },
  CreateContainerConfigError: { kind: 'config', patienceMs: PATIENCE_MS },
  CreateContainerError: { kind: 'config', patienceMs: PATIENCE_MS },
  RunContainerError: { kind: 'config', patienceMs: PATIENCE_MS },
  CrashLoopBackOff: { kind: 'crash', patienceMs: PATIENCE_MS },
}

/**
 * Finds new pods that cannot become ready, before the progress deadline at which `kubectl rollout status` fails. A failure counts
 * once it has lasted, so that one failed pull or one crash does not fail the rollout.
 */
export class FailureWatch {
  readonly #since = new Map<string, number>()

  /** @returns the first failure that has lasted long enough; undefined if there is none. */
  lasting(workload: Pick<Workload, 'status'>, fresh: readonly Pod[]): PodFailure | undefined {
    const failures = [...fresh.flatMap((pod) => failureOf(pod) ?? []), ...(replicaFailure(workload) ?? [])]
    const keys = new Set(failures.map(keyOf))
    for (const key of this.#since.keys()) if (!keys.has(key)) this.#since.delete(key)
    for (const key of keys) if (!this.#since.has(key)) this.#since.set(key, now())
    return failures.find((failure) => now() - (this.#since.get(keyOf(failure)) ?? now()) >= failure.patienceMs)
  }
}

const keyOf = ({ kind, pod }: PodFailure): string => `${pod ?? ''}/${kind}`

/** Returns whether the controller reports that the progress deadline has passed. */
export function deadlineExceeded(workload: Workload): boolean {
  const { metadata, spec, status } = workload
  if (observedGeneration(workload) < (metadata.generation ?? 0)) return false
  const progressing = status?.conditions?.find(({ type }) => type === 'Progressing')
  return progressing?.reason === 'ProgressDeadlineExceeded' && spec.progressDeadlineSeconds !== undefined
}

/** Returns the failures of a pod; undefined if there are none. */
function failureOf(pod: Pod): PodFailure[] | undefined {
  const { name } = pod.metadata
  if (isReady(pod) || pod.metadata.deletionTimestamp !== undefined) return undefined
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status === 'False') {
    const text = `pod ${name} cannot be scheduled: ${scheduled.reason ?? ''} ${scheduled.message ?? ''}`.trim()
    return [{ kind: 'unschedulable', pod: name, text, patienceMs: PATIENCE_MS }]
  }
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  const failures = statuses.flatMap((status) => failureOfContainer(pod, status) ?? [])
  return failures.length === 0 ? undefined : failures
}

function failureOfContainer(
  pod: Pod,
  { name, state, lastState, restartCount, ready }: ContainerStatus,
): PodFailure | undefined {
  const where = `pod ${pod.metadata.name}, container ${name}`
  const known = WAITING[state?.waiting?.reason ?? '']
  if (known?.kind === 'image') {
    const image = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].find((spec) => spec.name === name)?.image
    const text = `${where}: the image ${image} cannot be pulled: ${state?.waiting?.reason}: ${state?.waiting?.message ?? 'no message'}`
    return { ...known, pod: pod.metadata.name, text }
  }
  // Between two crashes a container waits, runs or has ended. All of these states are one failure. After one restart the
  // container may still become ready, if it gets the time.
  const ended = state?.terminated ?? lastState?.terminated
  if (!ready && ended !== undefined && (state?.running === undefined || restartCount > 1)) {
    const why = ended.reason !== undefined && ended.reason !== 'Error' ? ` (${ended.reason})` : ''
    const count =
      restartCount === 0
        ? 'ended'
        : `has been restarted ${restartCount === 1 ? 'once' : `${restartCount} times`}, and ended last`
    const text = `${where} ${count} with exit code ${ended.exitCode}${why}${ended.message ? `: ${ended.message.trim()}` : ''}`
    return { kind: 'crash', patienceMs: PATIENCE_MS, pod: pod.metadata.name, text, container: name }
  }
  if (known === undefined) return undefined
  return {
    ...known,
    pod: pod.metadata.name,
    text: `${where}: ${state?.waiting?.reason}: ${state?.waiting?.message ?? 'no message'}`,
  }
}

/** Returns the failure to create pods, because of a quota or an admission rule for example. */
function replicaFailure({ status }: Pick<Workload, 'status'>): PodFailure[] | undefined {
  const failure = status?.conditions?.find(({ type, status: value }) => type === 'ReplicaFailure' && value === 'True')
  if (failure === undefined) return undefined
  const text = `new pods cannot be created: ${failure.message ?? failure.reason ?? 'no message'}`
  return [{ kind: 'create', pod: undefined, text, patienceMs: PATIENCE_MS }]
}

/** Describes what new pods wait for, to append to a message; empty if they wait for nothing. */
export function describeWaiting(fresh: readonly Pod[]): string {
  if (fresh.length === 0) return ': no new pod was created'
  const first = fresh.find((pod) => !isReady(pod) && pod.metadata.deletionTimestamp === undefined)
  if (first === undefined) return ''
  const [failure] = failureOf(first) ?? []
  if (failure !== undefined) return `: ${failure.text}`
  const running = first.status?.containerStatuses?.some(({ state }) => state?.running !== undefined)
  const what = running ? 'runs, but is not ready: its startup or readiness probe fails' : `is ${first.status?.phase}`
  return `: pod ${first.metadata.name} ${what}`
}
