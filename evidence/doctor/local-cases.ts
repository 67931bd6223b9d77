import type { LocalCase } from './case.ts'

const SLOW_START = { START_MS: '1500' }
/** Longer than a pod that is ending serves. */
const LATE_START = { START_MS: '8000' }
/** Later than the preflight, and within the rollout. */
const STALL = { STALL_MS: '2500', STALL_AFTER_MS: '9000' }

/** The rules whose mistake drops requests on the local target. */
export const LOCAL_CASES: readonly LocalCase[] = [
  {
    rule: 'no-readiness-probe',
    mistake: 'no readinessProbe; the service starts 1.5 s later',
    correction: 'a readinessProbe',
    scenario: ['set-image'],
    // A container without any probe on its start is ready when its process is.
    wrong: { container: { startupProbe: null, readinessProbe: null, livenessProbe: { initialDelaySeconds: 10 } } },
    behaviour: SLOW_START,
  },
  {
    rule: 'recreate',
    mistake: '`strategy: Recreate`',
    correction: '`maxSurge: 1`, `maxUnavailable: 0`',
    scenario: ['set-image'],
    wrong: { workload: { strategy: { type: 'Recreate', rollingUpdate: null } } },
  },
  {
    rule: 'max-unavailable',
    mistake: '`maxUnavailable: 100%`; the service starts 8 s later',
    correction: '`maxUnavailable: 0`',
    scenario: ['set-image'],
    wrong: { workload: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '100%' } } } },
    behaviour: LATE_START,
  },
  {
    rule: 'single-replica',
    mistake: '`replicas: 1`, whose node is drained',
    correction: '`replicas: 3`',
    scenario: ['drain-node'],
    wrong: { workload: { replicas: 1 } },
    behaviour: SLOW_START,
  },
  {
    rule: 'grace-period-too-short',
    mistake: '`terminationGracePeriodSeconds: 3` for a budget of 20 s',
    correction: '`terminationGracePeriodSeconds: 25`',
    scenario: ['set-image'],
    wrong: { pod: { terminationGracePeriodSeconds: 3 } },
  },
  {
    rule: 'no-grace-period',
    mistake: '`terminationGracePeriodSeconds: 0`',
    correction: '`terminationGracePeriodSeconds: 25`',
    scenario: ['set-image'],
    wrong: { pod: { terminationGracePeriodSeconds: 0 } },
  },
  {
    rule: 'no-shutdown-delay',
    mistake: 'no preStop hook, and a delay of 0; the load balancers learn of a change after 2 to 4 s',
    correction: 'a delay of 2 to 6 s',
    scenario: ['set-image'],
    wrong: { env: { SHUTDOWN_DELAY_MS: '0' } },
    propagation: '2-4',
  },
  {
    rule: 'eager-liveness',
    mistake: '`failureThreshold: 1`, `timeoutSeconds: 1`; the service stalls once for 2.5 s',
    correction: '`failureThreshold: 3`, `timeoutSeconds: 5`',
    scenario: ['set-image'],
    wrong: { container: { livenessProbe: { periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 1 } } },
    behaviour: STALL,
  },
  {
    rule: 'publish-not-ready',
    mistake: '`publishNotReadyAddresses: true`; the service starts 1.5 s later',
    correction: 'without it',
    scenario: ['set-image'],
    wrong: { service: { publishNotReadyAddresses: true } },
    behaviour: SLOW_START,
  },
]
