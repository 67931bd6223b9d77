import type { Rule } from '../rule.js'
import { balancerDrain } from './balancer-drain.js'
import { eagerLiveness } from './eager-liveness.js'
import { externalTrafficLocal } from './external-traffic-local.js'
import { gracePeriodTooShort } from './grace-period-too-short.js'
import { hpaAndReplicas } from './hpa-and-replicas.js'
import { hpaMinOne } from './hpa-min-one.js'
import { hpaTarget } from './hpa-target.js'
import { ingressBackend } from './ingress-backend.js'
import { keepAliveBelowProxy } from './keep-alive-below-proxy.js'
import { livenessBeforeStart } from './liveness-before-start.js'
import { maxUnavailable } from './max-unavailable.js'
import { minReadySeconds } from './min-ready-seconds.js'
import { misplacedField } from './misplaced-field.js'
import { mutableTag } from './mutable-tag.js'
import { namespaceMismatch } from './namespace-mismatch.js'
import { noGracePeriod } from './no-grace-period.js'
import { noPdb } from './no-pdb.js'
import { noReadinessGate } from './no-readiness-gate.js'
import { noReadinessProbe } from './no-readiness-probe.js'
import { noShutdownDelay } from './no-shutdown-delay.js'
import { noSpread } from './no-spread.js'
import { onDelete } from './on-delete.js'
import { parallelPods } from './parallel-pods.js'
import { pdbBlocksDrain } from './pdb-blocks-drain.js'
import { pdbProtectsNothing } from './pdb-protects-nothing.js'
import { preStopBesideDelay } from './prestop-beside-delay.js'
import { preStopCannotRun } from './prestop-cannot-run.js'
import { probePort } from './probe-port.js'
import { progressDeadline } from './progress-deadline.js'
import { publishNotReady } from './publish-not-ready.js'
import { readinessEqualsLiveness } from './readiness-equals-liveness.js'
import { recreate } from './recreate.js'
import { revisionHistory } from './revision-history.js'
import { rolloutSwitch } from './rollout-switch.js'
import { selectorMismatch } from './selector-mismatch.js'
import { serviceSelectsNothing } from './service-selects-nothing.js'
import { sessionAffinity } from './session-affinity.js'
import { shellAsPid1 } from './shell-as-pid-1.js'
import { shutdownVariables } from './shutdown-variables.js'
import { sidecarStopsFirst } from './sidecar-stops-first.js'
import { singleReplica } from './single-replica.js'
import { slowReadiness } from './slow-readiness.js'
import { stopSignal } from './stop-signal.js'
import { surgeWithoutNode } from './surge-without-node.js'
import { targetPort } from './target-port.js'

/** Every rule, in the order of the documentation. To add one, write a file and list it here. */
export const RULES: readonly Rule[] = [
  noReadinessProbe,
  recreate,
  maxUnavailable,
  singleReplica,
  gracePeriodTooShort,
  noGracePeriod,
  preStopBesideDelay,
  noShutdownDelay,
  shutdownVariables,
  preStopCannotRun,
  shellAsPid1,
  stopSignal,
  sidecarStopsFirst,
  readinessEqualsLiveness,
  eagerLiveness,
  livenessBeforeStart,
  slowReadiness,
  probePort,
  surgeWithoutNode,
  noSpread,
  minReadySeconds,
  progressDeadline,
  revisionHistory,
  mutableTag,
  misplacedField,
  selectorMismatch,
  pdbBlocksDrain,
  pdbProtectsNothing,
  noPdb,
  serviceSelectsNothing,
  namespaceMismatch,
  targetPort,
  publishNotReady,
  externalTrafficLocal,
  sessionAffinity,
  hpaMinOne,
  hpaAndReplicas,
  hpaTarget,
  ingressBackend,
  keepAliveBelowProxy,
  balancerDrain,
  noReadinessGate,
  onDelete,
  parallelPods,
  rolloutSwitch,
]
