import cluster from 'node:cluster'
import { readFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import type { AdaptiveDelay } from '../../types.js'
import { preload } from '../handover.js'

/** Environment variable for the pod's grace period. With it the library can compare its budget with the grace period. */
const GRACE_PERIOD = 'TERMINATION_GRACE_PERIOD_SECONDS'
/** Programs that do not forward SIGTERM to their child processes when they run as PID 1. */
const SWALLOWS_SIGNALS = /^(npm|npx|yarn|pnpm|sh|bash|dash|ash|zsh)\b/

/** The part of the configuration that the warnings are about. Times in ms. */
export interface Budget {
  readonly timeout: number
  readonly shutdownDelay: Record<keyof AdaptiveDelay, number>
  /** Signals that start a shutdown. */
  readonly signals: readonly NodeJS.Signals[]
}

export interface ProcessContext {
  readonly pid: number
  readonly ppid: number
  readonly env: NodeJS.ProcessEnv
  /** Name of the process with PID 1; undefined if the platform does not provide it. */
  readonly initProcess: string | undefined
  readonly isMainThread: boolean
  /** Whether `node:cluster` has started this process. */
  readonly isClusterWorker: boolean
}

export function readProcessContext(): ProcessContext {
  return {
    pid: process.pid,
    ppid: process.ppid,
    env: process.env,
    initProcess: readInitProcess(),
    isMainThread,
    // With the preload, the primary forwards the signal.
    isClusterWorker: cluster.isWorker && preload() === undefined,
  }
}

/**
 * Returns a warning for each part of the configuration that prevents a complete shutdown, with the correction.
 *
 * @param idleTimes keep-alive timeout of each server, in ms
 */
export function configurationWarnings(
  budget: Budget,
  idleTimes: readonly number[],
  { pid, ppid, env, initProcess, isMainThread: mainThread, isClusterWorker }: ProcessContext,
): string[] {
  const warnings: string[] = []
  if (pid !== 1 && ppid === 1 && SWALLOWS_SIGNALS.test(initProcess ?? '')) {
    warnings.push(
      `PID 1 is '${initProcess}', which does not forward SIGTERM: the kubelet will kill this process without a shutdown. ` +
        `Start node directly, in exec form: CMD ["node", "main.js"]`,
    )
  }
  const signals = budget.signals.join(' and ')
  if (signals !== '' && !mainThread) {
    warnings.push(
      `this is a worker thread, and Node delivers ${signals} to the main thread only: no signal starts this shutdown. Listen for the ` +
        `signal in the main thread, and call shutdown() here on its message; or set signals: []`,
    )
  } else if (signals !== '' && isClusterWorker && ppid === 1) {
    warnings.push(
      `the primary of this cluster worker is PID 1, and the kubelet sends SIGTERM to PID 1 only: no signal starts this shutdown ` +
        `unless the primary forwards it. In the primary, send SIGTERM to each worker and exit after the last one; or start one ` +
        `process for each pod, without a cluster`,
    )
  }
  // An empty variable counts as unset.
  const gracePeriod = Number(env[GRACE_PERIOD] || Number.NaN)
  if (gracePeriod * 1_000 <= budget.timeout) {
    warnings.push(
      `timeout (${budget.timeout} ms) is not shorter than the pod's grace period (${gracePeriod} s): the kubelet sends SIGKILL ` +
        `first. Raise terminationGracePeriodSeconds above ${Math.ceil(budget.timeout / 1_000)}, or lower timeout`,
    )
  }
  for (const idleTime of idleTimes) warnings.push(...idleTimeWarnings(budget, idleTime))
  return warnings
}

/** Returns a warning if a server promises a longer idle time (ms) than the drain has. */
export function idleTimeWarnings(budget: Budget, idleTime: number): string[] {
  const drain = budget.timeout - budget.shutdownDelay.max
  if (idleTime <= drain) return []
  return [
    `keepAliveTimeout (${idleTime} ms) is longer than the drain (${drain} ms, timeout minus shutdownDelay): the library closes ` +
      `idle connections before the time promised to their clients. Raise timeout, or lower keepAliveTimeout`,
  ]
}

function readInitProcess(): string | undefined {
  try {
    return readFileSync('/proc/1/comm', 'utf8').trim()
  } catch {
    return undefined
  }
}
