import { nameOf, type Case } from './cases.ts'
import type { Figures } from './figures.ts'

export interface Pair {
  readonly one: Case
  readonly local: Figures | undefined
  readonly kubernetes: Figures | undefined
}

const HEAD = `# The local target beside a cluster

The local target plays the Deployment controller, the kubelet, the eviction API and kube-proxy for processes of this machine. How well,
says the same service, under the same load and with the same seed, in the same scenario on a real Kubernetes 1.34: two nodes, kube-proxy
in its iptables mode with the usual \`minSyncPeriod\` of 1 s. The left number of each pair is the local target's, the right one
the cluster's. Durations are medians over the pods, in seconds, from the moment at which a pod is deleted.

\`pnpm evidence compare --url http://<node>:30080 --url http://<other node>:30080 --image registry/name:v1.0.1\` makes this table
(\`evidence/comparison\`); the manifests are those of \`k8s/base\`.
`

export function markdown(pairs: readonly Pair[]): string {
  return [HEAD, ...figures(pairs), '', '## Where requests were lost', '', ...losses(pairs), '', NOTES].join('\n')
}

function figures(pairs: readonly Pair[]): string[] {
  const columns: readonly (readonly [string, (figures: Figures) => string])[] = [
    ['ended', ({ outcome }) => outcome],
    ['requests', ({ requests }) => requests.toLocaleString('en')],
    ['dropped', ({ drops }) => String(drops)],
    ['pods ended', ({ terminations }) => String(terminations)],
    ['created to ready', ({ start }) => seconds(start)],
    ['endpoint gone', ({ unready }) => seconds(unready)],
    ['last new connection', ({ lastNew }) => seconds(lastNew)],
    ['pod gone', ({ end }) => seconds(end)],
    ['whole', ({ rollout }) => seconds(rollout)],
  ]
  return [
    `| scenario | service | ${columns.map(([name]) => name).join(' | ')} |`,
    `|---|---|${columns.map(() => '---').join('|')}|`,
    ...pairs.map((pair) => {
      const cells = columns.map(([, cell]) => both(pair, cell))
      return `| ${pair.one.scenario} | ${pair.one.service} | ${cells.join(' | ')} |`
    }),
  ]
}

function losses(pairs: readonly Pair[]): string[] {
  const lossy = pairs.filter(({ local, kubernetes }) => (local?.drops ?? 0) + (kubernetes?.drops ?? 0) > 0)
  return [
    '| | local: what clients saw | cluster: what clients saw | local: where in its pod’s life | cluster |',
    '|---|---|---|---|---|',
    ...lossy.map(({ one, local, kubernetes }) => {
      const cells = [local?.outcomes, kubernetes?.outcomes, local?.stages, kubernetes?.stages].map(list)
      return `| ${nameOf(one)} | ${cells.join(' | ')} |`
    }),
  ]
}

const list = (counts: Readonly<Record<string, number>> = {}): string =>
  Object.entries(counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, times]) => `${times} ${name}`)
    .join(', ') || '–'

/** One value where both are the same. */
function both({ local, kubernetes }: Pair, cell: (figures: Figures) => string): string {
  const [left, right] = [local, kubernetes].map((each) => (each === undefined ? 'not run' : cell(each)))
  return left === right ? (left ?? '') : `${left} / ${right}`
}

const seconds = (ms: number | null): string => (ms === null ? '–' : (ms / 1_000).toFixed(1))

const NOTES = `## Where they differ, and why

- **Created to ready**: no sandbox and no network are made for a process, which saves more than a second a pod, and some two seconds a rollout of three.
- **Endpoint gone** is, on the cluster, when a watch says so. The local target's balancers are told at once and switch later, as kube-proxies do
  (\`--propagation sync-1s\`): what counts is the last new connection.
- **Refused**: a proxy that has just written its rules waits a second before it writes them again. Whether a pod's end falls into that second
  decides whether a handful of connections is refused or none; it differs from run to run on both.
- **A connection to a pod that is gone** is reset here. A cluster refuses it while the pod's address still exists, and lets it time out afterwards.
- **unpullable-image**: here the program is not there, which is known at once; a cluster pulls again and again before it gives up.
- **kill**: here the process dies as for want of memory, and nobody knows of it until the kubelet looks, so that connections are refused for up
  to a second. On a cluster a pod is deleted with a grace period of 1 s, and its endpoint goes at once.
- **A process without a handler for SIGTERM** ends at once here, while as PID 1 of a container it would not notice the signal.
`
