import type { ManifestFinding } from '../../doctor/before-rollout.js'
import type { FailedAttempt } from '../../ledger/ledger.js'
import type { PodStage } from './pod-stage.js'
import type { PodStory } from './pod-story.js'

/** The rules of the doctor that explain a loss, the most likely first. */
const NO_POD = ['recreate', 'max-unavailable', 'single-replica', 'hpa-min-one', 'surge-without-node', 'on-delete']
const STARTING = ['no-readiness-probe', 'publish-not-ready', 'target-port']
const KILLED = [
  'no-grace-period',
  'grace-period-too-short',
  'shell-as-pid-1',
  'stop-signal',
  'prestop-beside-delay',
  'sidecar-stops-first',
]
const TOO_EARLY = [
  'prestop-cannot-run',
  'no-shutdown-delay',
  'publish-not-ready',
  'rollout-switch',
  'external-traffic-local',
]
const RESTARTED = ['eager-liveness', 'liveness-before-start', 'readiness-equals-liveness']
const IDLE = ['keep-alive-below-proxy']

/** Every rule that can explain a loss. */
export const RULES_OF_CAUSES: readonly string[] = [
  ...new Set([...NO_POD, ...STARTING, ...KILLED, ...TOO_EARLY, ...RESTARTED, ...IDLE]),
]

/** A lost request, and where in its life its pod was. */
export interface Loss {
  readonly failure: Pick<FailedAttempt, 'outcome' | 'reused' | 'refusal' | 'ending'>
  readonly stage: PodStage
  readonly story: Pick<PodStory, 'killed' | 'terminatingAt'> | undefined
}

/** Returns the finding of the manifests that explains a loss, if there is one. */
export function findingFor(loss: Loss, findings: readonly ManifestFinding[]): ManifestFinding | undefined {
  const names = rulesFor(loss)
  return names.map((name) => findings.find(({ rule }) => rule === name)).find((finding) => finding !== undefined)
}

/** Adds the finding that explains a loss to what to do about it. */
export function withFinding(advice: string, loss: Loss, findings: readonly ManifestFinding[] = []): string {
  const finding = findingFor(loss, findings)
  if (finding === undefined) return advice
  return `${advice}; ${finding.place} has the reason (${finding.rule}): write ${finding.instead}`
}

function rulesFor({ failure: { outcome, reused, refusal, ending }, stage, story }: Loss): readonly string[] {
  if (['4xx', 'wrong-body', 'duplicated', 'executed-twice'].includes(outcome)) return []
  if (refusal !== undefined && story === undefined) return NO_POD
  if (stage === 'starting') return STARTING
  if (stage === 'no-pod') return []
  if (story?.killed === true && stage === 'gone') return KILLED
  // Without a readiness probe, a pod is ready before it listens.
  if (stage === 'ready') return reused ? [...IDLE, ...RESTARTED] : [...STARTING, ...RESTARTED]
  // The kubelet restarts a container whose pod is not deleted.
  if (story?.terminatingAt == null) return RESTARTED
  if (reused || ending.webSocket !== undefined) return []
  return TOO_EARLY
}
