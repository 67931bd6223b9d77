import type { ContainerManifest, Probe } from '../../../inputs/manifests/manifests.js'
import { startProcess, type ProcessExit, type RunningProcess } from './processes/process.js'
import { startProber, type Prober } from './probes/prober.js'

export interface ContainerOptions {
  readonly manifest: ContainerManifest
  readonly argv: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  readonly cwd: string | undefined
  /** The port of this machine for each port in the manifest. */
  readonly ports: ReadonlyMap<number, number>
  /** The source address of the probes. On a cluster, a pod sees probes and the kube-proxy of its node under one address. */
  readonly nodeAddress: string
  readonly onLine: (line: string) => void
  /** Called when readiness changes. */
  readonly onReady: (ready: boolean) => void
}

/** One run of a container: a process and the probes on it. */
export interface Container {
  readonly process: RunningProcess
  readonly exited: Promise<ProcessExit>
  /** Resolves if the startup or liveness probe fails as often as its failureThreshold: the kubelet restarts the container. */
  readonly unhealthy: Promise<{ readonly probe: Probe; readonly reason: string }>
  /** Why the readiness probe fails now, for messages. */
  readonly readinessFailure: string | undefined
  /** Stops the startup and liveness probes when the pod is deleted. The readiness probe continues. */
  stopHealthProbes(): void
}

/**
 * Starts the process and probes it as the kubelet does: the startup probe first, then readiness and liveness. A container without
 * a readiness probe is ready as soon as it has started.
 */
export function startContainer(options: ContainerOptions): Container {
  const { manifest, ports, nodeAddress, onReady } = options
  let fail: ((failure: { probe: Probe; reason: string }) => void) | undefined
  const unhealthy = new Promise<{ probe: Probe; reason: string }>((resolve) => {
    fail = resolve
  })
  const { startupProbe, readinessProbe, livenessProbe } = manifest
  const running = startProcess(options)

  let started = startupProbe === undefined
  const start = (
    probe: Probe | undefined,
    due: () => boolean,
    onResult: (ok: boolean, reason: string) => void,
  ): Prober | undefined => {
    if (probe === undefined) return undefined
    const { handler } = probe
    const port = 'port' in handler ? (ports.get(handler.port) ?? handler.port) : 0
    return startProber(probe, { port, from: nodeAddress }, due, (result) =>
      onResult(result.ok, result.ok ? '' : result.reason),
    )
  }

  const readiness = start(readinessProbe, () => started, onReady)
  const liveness = start(
    livenessProbe,
    () => started,
    (ok, reason) => {
      if (!ok && livenessProbe !== undefined) fail?.({ probe: livenessProbe, reason })
    },
  )
  const startup = start(
    startupProbe,
    () => !started,
    (ok, reason) => {
      if (ok) {
        started = true
        startup?.stop()
        readiness?.trigger()
        if (readiness === undefined) onReady(true)
      } else if (startupProbe !== undefined) fail?.({ probe: startupProbe, reason })
    },
  )
  const probers = [startup, readiness, liveness]

  const exited = running.exited.then((exit) => {
    for (const prober of probers) prober?.stop()
    return exit
  })
  // In a later microtask, because the caller does not have the container yet.
  if (started && readiness === undefined) queueMicrotask(() => onReady(true))

  return {
    process: running,
    exited,
    unhealthy,
    get readinessFailure() {
      return started ? readiness?.lastFailure : (startup?.lastFailure ?? 'not started yet')
    },
    stopHealthProbes() {
      startup?.stop()
      liveness?.stop()
    },
  }
}
