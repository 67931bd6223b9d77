import type { ClusterCase } from './case.ts'
import { BEHIND_PROXY, PROXY, SHELL } from './parts.ts'

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
    rule: 'sidecar-stops-first',
    mistake: 'a proxy in `containers`, which stops at the signal',
    correction: 'the proxy in `initContainers` with `restartPolicy: Always`',
    scenario: ['restart'],
    newConnections: true,
    both: BEHIND_PROXY,
    wrong: { pod: { containers: [PROXY] } },
    right: { pod: { initContainers: [{ ...PROXY, restartPolicy: 'Always' }] } },
  },
]
