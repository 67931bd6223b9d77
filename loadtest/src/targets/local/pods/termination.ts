import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../../../base/clock.js'
import type { Random } from '../../../base/random.js'
import type { Manifests } from '../../../inputs/manifests/manifests.js'
import type { Container } from './container.js'
import { SIGTERM_MS } from './kubelet-timing.js'
import type { ProcessExit } from './processes/process.js'

/** The kubelet leaves every container this long between SIGTERM and SIGKILL, however long preStop took. */
const MINIMUM_GRACE_MS = 2_000
/** The exit code of a process that SIGKILL ended. */
const SIGKILLED = 137

export interface RunOptions {
  readonly container: Container
  /** Resolves when the kubelet notices the end of the process. */
  readonly noticed: Promise<ProcessExit>
  /** Resolves when the pod is deleted. */
  readonly deleted: Promise<'deleted'>
  readonly manifests: Manifests
  readonly random: Random
  /** Ends every delay early, when the harness ends the pod. */
  readonly signal: AbortSignal
}

/** The end of one run of a container. */
export interface RunEnd {
  readonly exit: ProcessExit
  /** Whether SIGKILL ended the container. */
  readonly killed: boolean
  /** Why the container ended although its pod was not deleted; undefined if the pod was deleted. */
  readonly reason: string | undefined
}

/** Waits for the end of a container: its process ends, a probe fails, or its pod is deleted. The last two terminate it. */
export async function runToEnd(options: RunOptions): Promise<RunEnd> {
  const { container, noticed, deleted, manifests, random, signal } = options
  const grace = manifests.deployment.terminationGracePeriodSeconds
  const first = await Promise.race([noticed, container.unhealthy, deleted])
  if (first === 'deleted') {
    container.stopHealthProbes()
    await pause(random.between(SIGTERM_MS.min, SIGTERM_MS.max), signal)
    const killed = await terminate(options, grace)
    return { exit: await noticed, killed, reason: undefined }
  }
  if (!('probe' in first)) return { exit: first, killed: false, reason: 'its process ended' }
  const { probe, reason } = first
  container.stopHealthProbes()
  const killed = await terminate(options, probe.terminationGracePeriodSeconds ?? grace)
  return { exit: await noticed, killed, reason: `${probe.field.split('.').at(-1)} failed: ${reason}` }
}

/**
 * Ends a container as the kubelet does: preStop, SIGTERM, and SIGKILL at the end of the grace period.
 *
 * Source: `killContainer` and `executePreStopHook` in kubernetes `pkg/kubelet/kuberuntime/kuberuntime_container.go`.
 *
 * @returns whether SIGKILL ended the container.
 */
async function terminate({ container, manifests, signal }: RunOptions, graceSeconds: number): Promise<boolean> {
  const { preStop } = manifests.container
  const startedAt = now()
  // The sleep continues after the process has ended, as in a cluster (kubernetes/kubernetes#134338).
  if (preStop?.type === 'sleep') await pause(preStop.seconds * 1_000, signal)
  // The kubelet counts the time of preStop in whole seconds.
  const spentSeconds = Math.floor((now() - startedAt) / 1_000)
  let killed = false
  container.process.terminate()
  const timer = setTimeout(
    () => {
      killed = true
      container.process.kill()
    },
    Math.max((graceSeconds - spentSeconds) * 1_000, MINIMUM_GRACE_MS),
  )
  const { exitCode } = await container.exited
  clearTimeout(timer)
  // The process may have ended before SIGKILL, while its last output was read.
  return killed && exitCode === SIGKILLED
}

/** Waits, or returns early when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {})
}
