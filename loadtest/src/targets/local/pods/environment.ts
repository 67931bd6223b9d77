import { wrong, type Manifests } from '../../../inputs/manifests/manifests.js'

/** The values that differ between pods. */
export interface PodIdentity {
  readonly name: string
  /** The value of VERSION. */
  readonly version: string
  readonly node: string
  /** The port of this machine for each port in the manifest. */
  readonly ports: ReadonlyMap<number, number>
}

/** Returns every port of the pod: the declared ports, the target port of the Service, and those of the probes. */
export function podPorts({ container, containerPort }: Manifests): number[] {
  const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe]
  const probed = probes.flatMap((probe) => (probe !== undefined && 'port' in probe.handler ? [probe.handler.port] : []))
  return [...new Set([containerPort, ...container.ports.map((port) => port.containerPort), ...probed])]
}

/**
 * Returns the variables of one pod: those of the container, overridden by those of the caller. A value that equals a port of the
 * pod becomes the port of this pod on this machine.
 *
 * @throws {UsageError} a variable has a value neither in the manifests nor from the caller.
 */
export function podEnvironment(
  { deployment, container }: Manifests,
  overrides: Readonly<Record<string, string>>,
  pod: PodIdentity,
): Record<string, string> {
  // The manifest overrides these defaults.
  const variables: Record<string, string> = { VERSION: pod.version, POD_NAME: pod.name }
  for (const variable of container.env) {
    const override = overrides[variable.name]
    if (override !== undefined) variables[variable.name] = override
    else if ('value' in variable) variables[variable.name] = expand(variable.value, variables)
    else if ('fieldPath' in variable) variables[variable.name] = fieldOfPod(variable.fieldPath, deployment, pod)
    else {
      const problem = `(${variable.name}) comes from ${variable.origin}, which is not among the manifests: give it a value with --env ${variable.name}=VALUE`
      throw wrong(deployment, variable.field, problem)
    }
  }
  Object.assign(variables, overrides)
  for (const [name, value] of Object.entries(variables)) {
    const port = pod.ports.get(Number(value))
    if (port !== undefined && /^\d+$/.test(value)) variables[name] = String(port)
  }
  return variables
}

/** Expands `$(NAME)` in a command line, as Kubernetes does. */
export function podCommand(command: readonly string[], variables: Readonly<Record<string, string>>): string[] {
  return command.map((argument) => expand(argument, variables))
}

/**
 * Checks that a pod learns its port from a variable or its command line. Pods share this machine, so each needs its own port.
 *
 * @throws {UsageError} neither a variable nor the command line contains the port.
 */
export function assertPortIsPassed(
  { deployment, container, containerPort }: Manifests,
  variables: Readonly<Record<string, string>>,
  argv: readonly string[],
  port: number | undefined,
): void {
  const value = String(port)
  if (Object.values(variables).includes(value) || argv.some((argument) => argument.includes(value))) return
  throw wrong(
    deployment,
    `${container.field}.env`,
    `has no variable with the value "${containerPort}", so pods cannot be given ports of their own on this machine: add one (for example PORT) that the service listens on`,
  )
}

/** Replaces `$(NAME)` by the value of a known variable, and `$$(NAME)` by the text `$(NAME)`. */
function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\$|\$\((?<name>[^)]+)\)/gu, (match, name: string | undefined) => {
    if (name === undefined) return '$'
    return variables[name] ?? match
  })
}

function fieldOfPod(path: string, deployment: Manifests['deployment'], pod: PodIdentity): string {
  const keyed = /^metadata\.(?<map>labels|annotations)\['(?<key>.+)'\]$/u.exec(path)?.groups
  if (keyed !== undefined) {
    return (keyed['map'] === 'labels' ? deployment.labels : deployment.annotations)[keyed['key'] ?? ''] ?? ''
  }
  switch (path) {
    case 'metadata.name':
    case 'metadata.uid':
      return pod.name
    case 'metadata.namespace':
      return deployment.namespace
    case 'status.podIP':
    case 'status.podIPs':
    case 'status.hostIP':
    case 'status.hostIPs':
      return '127.0.0.1'
    case 'spec.nodeName':
      return pod.node
    case 'spec.serviceAccountName':
      return 'default'
    default:
      throw wrong(
        deployment,
        'spec.template.spec',
        `has a fieldRef ${path}, which is not a field of a pod: name another field`,
      )
  }
}
