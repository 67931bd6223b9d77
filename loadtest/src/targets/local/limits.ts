import { UsageError } from '../../base/errors.js'
import { wrong, type Manifests } from '../../inputs/manifests/manifests.js'
import { assertPortIsPassed, podCommand, podEnvironment, podPorts } from './pods/environment.js'
import type { Propagation } from './balancers/propagation.js'

export interface LocalLimits {
  readonly command: readonly string[]
  readonly toCommand?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly balancers?: number
  readonly propagation?: Propagation
}

/**
 * Checks manifests and options before the first process starts.
 *
 * @throws {UsageError} names the file and the field, or the option, that this machine cannot run.
 */
export function assertRunsHere(manifests: Manifests, options: LocalLimits): void {
  const { deployment, container } = manifests
  const refuse = (field: string, problem: string): never => {
    throw wrong(deployment, field, problem)
  }
  if (deployment.replicas === 0)
    refuse('spec.replicas', 'is 0, so there is nothing to roll out: give --replicas with --command, or raise it')
  for (const probe of [container.startupProbe, container.readinessProbe, container.livenessProbe]) {
    if (probe === undefined) continue
    const { handler } = probe
    if (handler.type === 'exec' || handler.type === 'grpc') {
      refuse(
        `${probe.field}.${handler.type}`,
        `${handler.type === 'exec' ? 'needs a container, which does not run on this machine' : 'is a check that zero-drop does not make on this machine'}: give the path of an HTTP check with --readiness-path, use httpGet or tcpSocket, or prove it with --target kubernetes`,
      )
    } else if ('host' in handler && handler.host !== undefined) {
      refuse(
        `${probe.field}.${handler.type}.host`,
        `(${handler.host}) is not the pod itself: remove it, or give --readiness-path`,
      )
    }
  }
  if (container.preStop !== undefined && container.preStop.type !== 'sleep') {
    refuse(
      `${container.field}.lifecycle.preStop.${container.preStop.type}`,
      'needs a container, which does not run on this machine: use preStop.sleep, let the program wait itself (shutdownDelay of @cloud-communal/graceful), or prove it with --target kubernetes',
    )
  }
  assertOptions(options)
  assertPassesPort(manifests, options)
}

function assertOptions({ command, toCommand, balancers = 1, propagation }: LocalLimits): void {
  for (const argv of [command, toCommand ?? command]) {
    if (argv.length === 0 || argv[0] === '') throw new UsageError('the command of a pod is empty')
  }
  if (!Number.isInteger(balancers) || balancers < 1 || balancers > 100) {
    throw new UsageError(`balancers must be a whole number from 1 to 100, not ${balancers}`)
  }
  if (propagation === undefined || typeof propagation === 'string') return
  const delays = 'min' in propagation ? [propagation.min, propagation.max] : propagation
  if (delays.length === 0 || !delays.every((delay) => Number.isFinite(delay) && delay >= 0)) {
    throw new UsageError(`propagation must be milliseconds of 0 or more, not ${JSON.stringify(propagation)}`)
  }
  if ('min' in propagation && propagation.min > propagation.max) {
    throw new UsageError(`propagation's min (${propagation.min}) is above its max (${propagation.max})`)
  }
}

/** Computes the environment of a pod that never starts, to check that it contains the port. */
function assertPassesPort(manifests: Manifests, { command, toCommand, env = {} }: LocalLimits): void {
  // Numbers above every port, so that no other value of the environment equals one.
  const ports = new Map(podPorts(manifests).map((port, index) => [port, 9_000_001 + index]))
  const variables = podEnvironment(manifests, env, { name: 'pod', version: 'version', node: 'node', ports })
  for (const argv of [command, toCommand ?? command]) {
    assertPortIsPassed(manifests, variables, podCommand(argv, variables), ports.get(manifests.containerPort))
  }
}
