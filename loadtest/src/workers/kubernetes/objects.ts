import { MANAGED_BY } from '../../targets/kubernetes/workload/copies.js'
import type { WorkerSpec } from '../spec.js'

/** The label with the name of the Job, by which its pods are found. */
export const LOAD_LABEL = 'zero-drop/load'
/** The folder and the file of the spec in a worker. */
const FOLDER = '/etc/zero-drop'
const SPEC_FILE = 'spec.json'

/** How long a Job that nobody removed stays after its end, in s. */
const KEPT_SECONDS = 600
/** The time for the last attempts of a worker whose pod is evicted, in s. */
const GRACE_SECONDS = 10

export interface JobOptions {
  readonly name: string
  readonly image: string
  readonly spec: WorkerSpec
  /** After this time, in s, the cluster ends the Job, even if the coordinator has gone. */
  readonly longestSeconds: number
}

/**
 * Returns the Job of the workers. Its pods keep the Pod Security Standard `restricted`, and have no token of the API, because a worker
 * calls only the service.
 */
export function jobObject({ name, image, spec: { workers }, longestSeconds }: JobOptions): object {
  const labels = { ...MANAGED_BY, [LOAD_LABEL]: name }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, labels },
    spec: {
      completionMode: 'Indexed',
      completions: workers,
      parallelism: workers,
      // A worker that is lost stays lost: another one in its place would not have its attempts. The others go on.
      backoffLimitPerIndex: 0,
      activeDeadlineSeconds: longestSeconds,
      ttlSecondsAfterFinished: KEPT_SECONDS,
      template: {
        // A proxy beside a worker would retry, and hide drops.
        metadata: {
          labels: { ...labels, 'sidecar.istio.io/inject': 'false' },
          annotations: { 'linkerd.io/inject': 'disabled' },
        },
        spec: {
          restartPolicy: 'Never',
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: GRACE_SECONDS,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 1000,
            runAsGroup: 1000,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: { [LOAD_LABEL]: name } },
            },
          ],
          containers: [
            {
              name: 'worker',
              image,
              args: ['worker', '--spec', `${FOLDER}/${SPEC_FILE}`],
              // No limit of CPU: a worker that waits for its quota measures itself.
              resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [{ name: 'spec', mountPath: FOLDER, readOnly: true }],
            },
          ],
          volumes: [{ name: 'spec', secret: { secretName: name } }],
        },
      },
    },
  }
}

/** Returns the Secret with the spec. It belongs to the Job, so that the cluster removes both. */
export const secretObject = (name: string, jobUid: string, spec: WorkerSpec): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name,
    labels: { ...MANAGED_BY, [LOAD_LABEL]: name },
    ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid: jobUid }],
  },
  type: 'Opaque',
  stringData: { [SPEC_FILE]: JSON.stringify(spec) },
})
