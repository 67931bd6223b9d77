import { now } from '../../../base/clock.js'
import type { ContainerStatus, Pod, Workload } from '../api/objects.js'
import { isReady } from './pod-state.js'

/** What keeps a pod from coming up. */
export interface Trouble {
  /** Troubles of one kind are one trouble that goes on, though its words change. */
  readonly kind: string
  readonly pod: string | undefined
  /** For people: names pod, container and the reason that Kubernetes gives. */
  readonly text: string
  /** How long it must last before it is believed, ms. */
  readonly patienceMs: number
  /** The container whose last output may tell more. */
  readonly container?: string
}

const PATIENCE_MS = 20_000
/** What no time can mend. */
const HOPELESS_MS = 3_000

const WAITING: Readonly<Record<string, { kind: string; patienceMs: number }>> = {
  ErrImagePull: { kind: 'image', patienceMs: PATIENCE_MS },
  ImagePullBackOff: { kind: 'image', patienceMs: PATIENCE_MS },
  ErrImageNeverPull: { kind: 'image', patienceMs: PATIENCE_MS },
  RegistryUnavailable: { kind: 'image', patienceMs: PATIENCE_MS },
  InvalidImageName: { kind: 'image', patienceMs: HOPELESS_MS },
  CreateContainerConfigError: { kind: 'config', patienceMs: PATIENCE_MS },
  CreateContainerError: { kind: 'config', patienceMs: PATIENCE_MS },
  RunContainerError: { kind: 'config', patienceMs: PATIENCE_MS },
  CrashLoopBackOff: { kind: 'crash', patienceMs: PATIENCE_MS },
}

/**
 * Tells early what `kubectl rollout status` tells only at the progress deadline: a new pod that cannot come up. A trouble
 * counts once it has lasted, so that one failed pull or one crash does not fail a rollout that would have gone on.
 */
export class TroubleWatch {
  readonly #since = new Map<string, number>()

  /** @returns the first trouble that has lasted long enough. */
  lasting(workload: Workload, fresh: readonly Pod[]): Trouble | undefined {
    const troubles = [...fresh.flatMap((pod) => troubleOf(pod) ?? []), ...(replicaFailure(workload) ?? [])]
    const keys = new Set(troubles.map(keyOf))
    for (const key of this.#since.keys()) if (!keys.has(key)) this.#since.delete(key)
    for (const key of keys) if (!this.#since.has(key)) this.#since.set(key, now())
    return troubles.find((trouble) => now() - (this.#since.get(keyOf(trouble)) ?? now()) >= trouble.patienceMs)
  }
}

const keyOf = ({ kind, pod }: Trouble): string => `${pod ?? ''}/${kind}`

/** The controller that has run out of time says so itself. */
export function deadlineExceeded({ metadata, spec, status }: Workload): boolean {
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) return false
  const progressing = status?.conditions?.find(({ type }) => type === 'Progressing')
  return progressing?.reason === 'ProgressDeadlineExceeded' && spec.progressDeadlineSeconds !== undefined
}

/** What is wrong with a pod, if anything is. */
function troubleOf(pod: Pod): Trouble[] | undefined {
  const { name } = pod.metadata
  if (isReady(pod) || pod.metadata.deletionTimestamp !== undefined) return undefined
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status === 'False') {
    const text = `pod ${name} finds no node: ${scheduled.reason ?? ''} ${scheduled.message ?? ''}`.trim()
    return [{ kind: 'unschedulable', pod: name, text, patienceMs: PATIENCE_MS }]
  }
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  const troubles = statuses.flatMap((status) => troubleOfContainer(pod, status) ?? [])
  return troubles.length === 0 ? undefined : troubles
}

function troubleOfContainer(
  pod: Pod,
  { name, state, lastState, restartCount, ready }: ContainerStatus,
): Trouble | undefined {
  const where = `pod ${pod.metadata.name}, container ${name}`
  const known = WAITING[state?.waiting?.reason ?? '']
  if (known?.kind === 'image') {
    const image = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].find((spec) => spec.name === name)?.image
    const text = `${where}: the image ${image} cannot be pulled: ${state?.waiting?.reason}: ${state?.waiting?.message ?? 'no message'}`
    return { ...known, pod: pod.metadata.name, text }
  }
  // Between two crashes a container waits, runs or has ended: all of it is the one trouble. Having been restarted once it
  // may still come up, if it is given the time.
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

/** Pods that cannot even be created: a quota, an admission rule. */
function replicaFailure({ status }: Workload): Trouble[] | undefined {
  const failure = status?.conditions?.find(({ type, status: value }) => type === 'ReplicaFailure' && value === 'True')
  if (failure === undefined) return undefined
  const text = `new pods cannot be created: ${failure.message ?? failure.reason ?? 'no message'}`
  return [{ kind: 'create', pod: undefined, text, patienceMs: PATIENCE_MS }]
}

/** What new pods are waiting for, as the end of a sentence; empty where it is not they that are waited for. */
export function describeWaiting(fresh: readonly Pod[]): string {
  if (fresh.length === 0) return ': no new pod was created'
  const first = fresh.find((pod) => !isReady(pod) && pod.metadata.deletionTimestamp === undefined)
  if (first === undefined) return ''
  const [trouble] = troubleOf(first) ?? []
  if (trouble !== undefined) return `: ${trouble.text}`
  const running = first.status?.containerStatuses?.some(({ state }) => state?.running !== undefined)
  const what = running
    ? 'runs, but is not ready: its startup or readiness probe does not succeed'
    : `is ${first.status?.phase}`
  return `: pod ${first.metadata.name} ${what}`
}
