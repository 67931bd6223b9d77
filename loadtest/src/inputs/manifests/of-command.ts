import type { Manifests } from './manifests.js'
import type { Probe } from './container.js'

/** A program without manifests. Times are in seconds. */
export interface CommandDeployment {
  /** The first part of the pod names. */
  readonly name: string
  /** Default: 3. */
  readonly replicas: number | undefined
  /** The variable with the port of the program. */
  readonly portVariable: string
  /** The path of the HTTP readiness probe. Default: a TCP probe. */
  readonly readinessPath: string | undefined
  /** Whether the program speaks HTTPS. Default: false. */
  readonly https?: boolean
  /** Default: 1. */
  readonly readinessPeriodSeconds: number | undefined
  /** Default: 5. */
  readonly minReadySeconds: number | undefined
  /** Default: 30. */
  readonly terminationGracePeriodSeconds: number | undefined
}

/** The container port, which each pod replaces by its own port. No variable of a user is likely to have this value. */
const PORT = 65_535
/** The progress deadline of a program, beside its minReadySeconds. */
const PROGRESS_DEADLINE_SECONDS = 60

/**
 * Returns a Deployment and a Service for a program: maxSurge 1 and maxUnavailable 0.
 */
export function manifestsOf(given: CommandDeployment): Manifests {
  const { name, replicas = 3, portVariable, minReadySeconds = 5, terminationGracePeriodSeconds = 30 } = given
  const labels = { app: name }
  const identity = { file: 'the command line', lineOf: () => undefined, name, namespace: 'default' }
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
      kind: 'Deployment',
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

function readinessProbe({ readinessPath, https = false, readinessPeriodSeconds = 1 }: CommandDeployment): Probe {
  return {
    field: 'spec.template.spec.containers[0].readinessProbe',
    handler:
      readinessPath === undefined
        ? { type: 'tcpSocket', port: PORT, host: undefined }
        : {
            type: 'httpGet',
            scheme: https ? 'HTTPS' : 'HTTP',
            path: readinessPath,
            port: PORT,
            host: undefined,
            headers: [],
          },
    initialDelaySeconds: 0,
    periodSeconds: readinessPeriodSeconds,
    timeoutSeconds: 2,
    successThreshold: 1,
    failureThreshold: 2,
    terminationGracePeriodSeconds: undefined,
  }
}
