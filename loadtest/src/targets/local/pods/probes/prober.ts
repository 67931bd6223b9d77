import { now } from '../../../../base/clock.js'
import type { Probe } from '../../../../inputs/manifests/manifests.js'
import { runProbe, type LocalProbeHandler, type ProbeResult, type ProbeRoute } from './probe.js'

/** Runs one probe of a container until it is stopped. */
export interface Prober {
  /** Probes now. The next period starts from here. */
  trigger(): void
  stop(): void
  /** Why the last probe failed; undefined after a success and before the first probe. */
  readonly lastFailure: string | undefined
}

/**
 * Starts a probe worker like the kubelet's. It probes at once and then every period, but not before the initial delay. A result
 * counts after `successThreshold` or `failureThreshold` equal results in a row.
 *
 * Source: kubernetes `pkg/kubelet/prober/worker.go`.
 *
 * @param route the port to probe, and the source address of the probes.
 * @param due returns whether to probe now, since the startup probe must succeed before the others start.
 * @param onResult called each time the threshold is reached.
 */
export function startProber(
  probe: Probe,
  route: ProbeRoute,
  due: () => boolean,
  onResult: (result: ProbeResult) => void,
): Prober {
  const periodMs = probe.periodSeconds * 1_000
  const startedAt = now()
  let next = startedAt
  let last: ProbeResult | undefined
  let run = 0
  let stopped = false
  let busy = false
  let triggered = false
  let timer: NodeJS.Timeout | undefined

  const tick = async (): Promise<void> => {
    next += periodMs
    if (due() && now() - startedAt >= probe.initialDelaySeconds * 1_000) {
      busy = true
      // Exec and gRPC probes were refused before the first pod started.
      const result = await runProbe(probe.handler as LocalProbeHandler, route, probe.timeoutSeconds * 1_000)
      busy = false
      if (stopped) return
      run = last?.ok === result.ok ? run + 1 : 1
      last = result
      if (run >= (result.ok ? probe.successThreshold : probe.failureThreshold)) onResult(result)
    }
    schedule()
  }

  const schedule = (): void => {
    if (stopped) return
    // Probes that were due during a longer one are skipped.
    next = triggered ? now() : Math.max(next, now())
    triggered = false
    timer = setTimeout(() => void tick(), Math.max(next - now(), 0))
  }

  schedule()
  return {
    trigger() {
      if (stopped) return
      triggered = true
      if (busy) return
      clearTimeout(timer)
      schedule()
    },
    stop() {
      stopped = true
      clearTimeout(timer)
    },
    get lastFailure() {
      return last?.ok === false ? last.reason : undefined
    },
  }
}
