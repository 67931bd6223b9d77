import type { Manifests } from './manifests.js'
import type { Probe } from './container.js'

/** A program that has no manifests. Times in seconds. */
export interface CommandDeployment {
  /** Pods are named after it. */
  readonly name: string
  readonly replicas: number
  /** The variable that tells the program its port. */
  readonly portVariable: string
  /** What is asked for readiness by HTTP; undefined: a TCP connection is enough. */
  readonly readinessPath: string | undefined
  readonly readinessPeriodSeconds: number
  readonly minReadySeconds: number
  readonly terminationGracePeriodSeconds: number
}

/** What stands for the port that each pod gets for itself: no variable that the user gives is likely to hold it. */
const PORT = 65_535
/** A pod that takes longer to start, or a rollout that stands still as long, has failed. */
const PROGRESS_DEADLINE_SECONDS = 60

/**
 * The Deployment and the Service that a plain program would have: one pod more than there are to be while it is rolled out,
 * and never one fewer.
 */
export function manifestsOf(given: CommandDeployment): Manifests {
  const { name, replicas, portVariable, minReadySeconds, terminationGracePeriodSeconds } = given
  const labels = { app: name }
  const identity = { file: 'the command line', name, namespace: 'default' }
  const servicePort = { name: 'http', port: PORT, targetPort: PORT, nodePort: undefined }
  const container = {
    field: 'spec.template.spec.containers[0]',
    name,
    image: '',
    command: undefined,
    args: undefined,
    ports: [{ name: 'http', containerPort: PORT }],
    env: [{ name: portVariable, value: String(PORT) }],
    startupProbe: undefined,
    readinessProbe: readinessProbe(given),
    livenessProbe: undefined,
    preStop: undefined,
  }
  return {
    deployment: {
      ...identity,
      replicas,
      strategy: { type: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0 },
      minReadySeconds,
      progressDeadlineSeconds: PROGRESS_DEADLINE_SECONDS + minReadySeconds,
      terminationGracePeriodSeconds,
      labels,
      annotations: {},
      containers: [container],
    },
    service: {
      ...identity,
      kind: 'Service',
      type: 'NodePort',
      headless: false,
      selector: labels,
      publishNotReadyAddresses: false,
      ports: [servicePort],
    },
    servicePort,
    container,
    containerPort: PORT,
    disruptionBudgets: [],
  }
}

function readinessProbe({ readinessPath, readinessPeriodSeconds }: CommandDeployment): Probe {
  return {
    field: 'spec.template.spec.containers[0].readinessProbe',
    handler:
      readinessPath === undefined
        ? { type: 'tcpSocket', port: PORT, host: undefined }
        : { type: 'httpGet', scheme: 'HTTP', path: readinessPath, port: PORT, host: undefined, headers: [] },
    initialDelaySeconds: 0,
    periodSeconds: readinessPeriodSeconds,
    timeoutSeconds: 2,
    successThreshold: 1,
    failureThreshold: 2,
    terminationGracePeriodSeconds: undefined,
  }
}
