import type { ContainerManifest, Probe } from './container.js'
import type { Manifests } from './manifests.js'

/** Changes of the user's program to the manifests. Undefined: the manifests decide. Times are in seconds. */
export interface ProgramChanges {
  /** The variable with the port of the program. */
  readonly portVariable: string
  /** Replaces the readiness probe. Startup and liveness probes that need a container are then left out. */
  readonly readinessPath?: string | undefined
  /** Whether the program speaks HTTPS. */
  readonly https: boolean
  readonly readinessPeriodSeconds?: number | undefined
  readonly minReadySeconds?: number | undefined
  readonly gracePeriodSeconds?: number | undefined
}

/** Returns the manifests of a container, for a program on this machine that takes its place. */
export function withProgram(manifests: Manifests, changes: ProgramChanges): Manifests {
  const { deployment, container, containerPort } = manifests
  const { minReadySeconds = deployment.minReadySeconds } = changes
  return {
    ...manifests,
    deployment: {
      ...deployment,
      minReadySeconds,
      terminationGracePeriodSeconds: changes.gracePeriodSeconds ?? deployment.terminationGracePeriodSeconds,
      progressDeadlineSeconds: Math.max(deployment.progressDeadlineSeconds, minReadySeconds + 1),
    },
    container: { ...withProbes(container, containerPort, changes), env: withPort(container, containerPort, changes) },
  }
}

/** Adds the variable with the port, unless the manifests set it. */
function withPort(
  { env }: ContainerManifest,
  containerPort: number,
  { portVariable }: ProgramChanges,
): ContainerManifest['env'] {
  if (env.some(({ name }) => name === portVariable)) return env
  return [...env, { name: portVariable, value: String(containerPort) }]
}

function withProbes(
  container: ContainerManifest,
  port: number,
  { readinessPath, https, readinessPeriodSeconds }: ProgramChanges,
): ContainerManifest {
  const { readinessProbe, startupProbe, livenessProbe } = container
  const periodSeconds = readinessPeriodSeconds ?? readinessProbe?.periodSeconds ?? 1
  if (readinessPath === undefined) {
    if (readinessProbe === undefined) return container
    return { ...container, readinessProbe: { ...readinessProbe, periodSeconds } }
  }
  const defaults = {
    field: `${container.field}.readinessProbe`,
    initialDelaySeconds: 0,
    timeoutSeconds: 1,
    successThreshold: 1,
    failureThreshold: 3,
    terminationGracePeriodSeconds: undefined,
  }
  const scheme = https ? 'HTTPS' : 'HTTP'
  const handler = { type: 'httpGet', scheme, path: readinessPath, port, host: undefined, headers: [] } as const
  return {
    ...container,
    readinessProbe: { ...defaults, ...readinessProbe, periodSeconds, handler },
    startupProbe: startupProbe && runsHere(startupProbe) ? startupProbe : undefined,
    livenessProbe: livenessProbe && runsHere(livenessProbe) ? livenessProbe : undefined,
  }
}

const runsHere = ({ handler }: Probe): boolean => handler.type === 'httpGet' || handler.type === 'tcpSocket'
