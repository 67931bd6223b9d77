import type { Changes } from './manifest.ts'

/** One rule whose mistake drops requests on the local target. */
export interface Case {
  readonly rule: string
  /** What the manifest says, for the table. */
  readonly mistake: string
  readonly correction: string
  readonly scenario: 'set-image' | 'drain-node'
  readonly wrong: Changes
  /** The propagation delay of the load balancers. Default: within a second. */
  readonly propagation?: string
  /** How the service behaves in both runs: variables of preload.mjs. */
  readonly behaviour?: Readonly<Record<string, string>>
}

const SLOW_START = { START_MS: '1500' }
/** Later than the preflight, and within the rollout. */
const STALL = { STALL_MS: '2500', STALL_AFTER_MS: '9000' }

/** The corrected manifest of every case is that of manifest.ts without changes. */
export const CASES: readonly Case[] = [
  {
    rule: 'no-readiness-probe',
    mistake: 'no readinessProbe; the service starts 1.5 s later',
    correction: 'a readinessProbe',
    scenario: 'set-image',
    wrong: { readinessProbe: false },
    behaviour: SLOW_START,
  },
  {
    rule: 'recreate',
    mistake: '`strategy: Recreate`',
    correction: '`maxSurge: 1`, `maxUnavailable: 0`',
    scenario: 'set-image',
    wrong: { strategy: { type: 'Recreate' } },
  },
  {
    rule: 'max-unavailable',
    mistake: '`maxUnavailable: 100%`; the service starts 1.5 s later',
    correction: '`maxUnavailable: 0`',
    scenario: 'set-image',
    wrong: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: '100%' } } },
    behaviour: SLOW_START,
  },
  {
    rule: 'single-replica',
    mistake: '`replicas: 1`, whose node is drained',
    correction: '`replicas: 3`',
    scenario: 'drain-node',
    wrong: { replicas: 1 },
    behaviour: SLOW_START,
  },
  {
    rule: 'grace-period-too-short',
    mistake: '`terminationGracePeriodSeconds: 3` for a budget of 20 s',
    correction: '`terminationGracePeriodSeconds: 25`',
    scenario: 'set-image',
    wrong: { grace: 3 },
  },
  {
    rule: 'no-grace-period',
    mistake: '`terminationGracePeriodSeconds: 0`',
    correction: '`terminationGracePeriodSeconds: 25`',
    scenario: 'set-image',
    wrong: { grace: 0 },
  },
  {
    rule: 'no-shutdown-delay',
    mistake: 'no preStop hook, and a delay of 0; the load balancers learn of a change after 2 to 4 s',
    correction: 'a delay of 2 to 6 s',
    scenario: 'set-image',
    wrong: { delay: '0' },
    propagation: '2-4',
  },
  {
    rule: 'eager-liveness',
    mistake: '`failureThreshold: 1`, `timeoutSeconds: 1`; the service stalls once for 2.5 s',
    correction: '`failureThreshold: 3`, `timeoutSeconds: 5`',
    scenario: 'set-image',
    wrong: { livenessProbe: { periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 1 } },
    behaviour: STALL,
  },
  {
    rule: 'publish-not-ready',
    mistake: '`publishNotReadyAddresses: true`; the service starts 1.5 s later',
    correction: 'without it',
    scenario: 'set-image',
    wrong: { publishNotReadyAddresses: true },
    behaviour: SLOW_START,
  },
]

/** Rules without a run, each with the reason. */
export const NOT_SHOWN: Readonly<Record<string, string>> = {
  'prestop-beside-delay':
    'The two waits spend the grace period; `grace-period-too-short` shows what happens when it is over.',
  'shutdown-variables': 'The new version does not start: the rollout stops, and the old pods serve.',
  'prestop-cannot-run': 'SIGTERM comes without the delay, as in `no-shutdown-delay`. Needs containers.',
  'shell-as-pid-1':
    'SIGKILL at the end of the grace period, as in `no-grace-period`. Only PID 1 of a container ignores SIGTERM.',
  'stop-signal':
    'SIGKILL, as in `no-grace-period`. `lifecycle.stopSignal` is behind a feature gate of Kubernetes 1.33 and later.',
  'sidecar-stops-first': 'Needs a pod with two containers.',
  'readiness-equals-liveness': 'A restart by the kubelet is a graceful shutdown, which this service survives.',
  'liveness-before-start': 'The pod never becomes ready: the rollout stops, and the old pods serve.',
  'slow-readiness': 'Needs a pod that fails without ending.',
  'probe-port': 'The pod never becomes ready: the rollout stops, and the old pods serve.',
  'surge-without-node':
    "Needs nodes with ports. [`k8s/README.md`](../k8s/README.md#the-effect-on-requests) has the tutorial's manifest on a cluster.",
  'no-spread': 'Needs the loss of a node, which is no rollout.',
  'min-ready-seconds': 'A delay that is longer than the propagation delay hides it.',
  'progress-deadline': 'The rollout counts as failed; what undoes it drops requests or not.',
  'revision-history': 'It prevents an undo, and drops no request itself.',
  'mutable-tag': 'It prevents an undo, and drops no request itself.',
  'misplaced-field': 'The default of the field applies, as in the rules of these fields.',
  'selector-mismatch': 'The API server refuses the manifest.',
  'pdb-blocks-drain': 'The drain waits. Requests are lost when somebody ends it by force.',
  'pdb-protects-nothing': 'The local target spreads the pods, so the drain of one node leaves others.',
  'no-pdb': 'The local target spreads the pods, so the drain of one node leaves others.',
  'service-selects-nothing': 'No request is answered at any time.',
  'namespace-mismatch': 'No request is answered at any time.',
  'target-port': 'No request is answered at any time.',
  'external-traffic-local': 'The local target has no external traffic policy.',
  'session-affinity': 'It loses state in a pod, not a request.',
  'hpa-min-one': 'One pod, as in `single-replica`.',
  'hpa-and-replicas': 'Needs an autoscaler.',
  'hpa-target': 'Needs an autoscaler.',
  'ingress-backend': 'No request is answered at any time.',
  'keep-alive-below-proxy': 'Needs an HTTP proxy. The local target has balancers of layer 4.',
  'balancer-drain': 'Needs a load balancer of AWS or of Google Cloud.',
  'alb-readiness-gate': 'Needs a load balancer of AWS.',
  'on-delete': 'The local target has Deployments only.',
  'parallel-pods': 'The local target has Deployments only.',
  'rollout-switch': 'Needs Argo Rollouts.',
  'ignore-without-reason': 'It concerns comments.',
}
