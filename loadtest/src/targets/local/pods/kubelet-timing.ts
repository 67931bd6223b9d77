/** In ms. */
const FIRST_BACKOFF_MS = 10_000
const MAX_BACKOFF_MS = 300_000

/**
 * Returns the kubelet's next delay before it restarts a container, in ms: none before the first restart, then 10 s, doubled
 * each time, at most 5 minutes.
 *
 * Source: `doBackOff` in kubernetes `pkg/kubelet/kuberuntime/kuberuntime_manager.go`.
 */
export const nextBackoff = (backoffMs: number): number =>
  Math.min(Math.max(backoffMs * 2, FIRST_BACKOFF_MS), MAX_BACKOFF_MS)

/** How often the kubelet looks at its containers (`plegRelistPeriod` in `pkg/kubelet/kubelet.go`), in ms. */
export const RELIST_MS = 1_000

/**
 * The time from when the kubelet notices the end of a pod until the API server has removed it, in ms. Measured from the end of
 * the process, with the relist period: 0.4 to 1.3 s on an idle cluster of two nodes, up to 3.6 s on a busy one.
 */
export const REMOVAL_MS = { min: 200, max: 1_000 }

/**
 * The time from the deletion of a pod to SIGTERM, in ms: the kubelet's watch and the container runtime. Measured on a cluster of
 * two nodes: a process that ended at the signal lost its first request 37 to 140 ms after the deletion, three times. Without
 * this delay it lost one after 18 to 35 ms here.
 */
export const SIGTERM_MS = { min: 20, max: 110 }
