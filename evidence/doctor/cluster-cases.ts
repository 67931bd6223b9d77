import type { ClusterCase } from './case.ts'
import { BEHIND_PROXY, PRELOADED, PROXY, scaledFrom, SHELL, startingLate } from './parts.ts'

/** Longer than a pod that was evicted serves. */
const LATE = startingLate(8_000)

/** The rules whose mistake drops requests on a cluster, and which the local target cannot show. */
export const CLUSTER_CASES: readonly ClusterCase[] = [
  {
    rule: 'shell-as-pid-1',
    mistake: '`command: [sh, -c, node dist/main.js]`',
    correction: '`exec` before `node`',
    scenario: ['restart'],
    both: SHELL,
    wrong: { container: { command: ['/shell/sh', '-c', 'node dist/main.js'] } },
    right: { container: { command: ['/shell/sh', '-c', 'exec node dist/main.js'] } },
  },
  {
    rule: 'stop-signal',
    mistake: '`GRACEFUL_SIGNALS: SIGINT`, and a pod that gets SIGTERM',
    correction: 'without it',
    scenario: ['restart'],
    both: PRELOADED,
    wrong: { env: { GRACEFUL_SIGNALS: 'SIGINT' } },
  },
  {
    rule: 'sidecar-stops-first',
    mistake: 'a proxy in `containers`, which stops at the signal',
    correction: 'the proxy in `initContainers` with `restartPolicy: Always`',
    scenario: ['restart'],
    newConnections: true,
    both: BEHIND_PROXY,
    wrong: { pod: { containers: [PROXY] } },
    right: { pod: { initContainers: [{ ...PROXY, restartPolicy: 'Always' }] } },
  },
  {
    rule: 'slow-readiness',
    mistake: '`periodSeconds: 11`, `failureThreshold: 3`; the kubelet restarts a container',
    correction: '`periodSeconds: 1`, `failureThreshold: 3`',
    scenario: ['liveness-restart'],
    wrong: { container: { readinessProbe: { periodSeconds: 11 } } },
  },
  {
    rule: 'no-pdb',
    mistake: 'no PodDisruptionBudget; two nodes are drained, one after the other, and the service starts 8 s later',
    correction: '`maxUnavailable: 1`',
    scenario: ['drain-node', '--repeat', '2'],
    both: LATE,
    wrong: { budget: null },
  },
  {
    rule: 'pdb-protects-nothing',
    mistake: '`maxUnavailable: 100%`; the same two drains',
    correction: '`maxUnavailable: 1`',
    scenario: ['drain-node', '--repeat', '2'],
    both: LATE,
    wrong: { budget: { maxUnavailable: '100%' } },
  },
  {
    rule: 'hpa-min-one',
    mistake: '`minReplicas: 1`; the node of the pod is drained, and the service starts 8 s later',
    correction: '`minReplicas: 2`',
    scenario: ['drain-node'],
    both: LATE,
    wrong: scaledFrom(1),
    right: scaledFrom(2),
  },
  {
    rule: 'external-traffic-local',
    mistake: '`externalTrafficPolicy: Local`; a node is drained while clients still use its address',
    correction: '`externalTrafficPolicy: Cluster`',
    scenario: ['drain-node'],
    wrong: { service: { externalTrafficPolicy: 'Local' } },
  },
]
