import { sharedAddressWarning } from '../../../targets/local/controller/node-addresses.js'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readManifests, wrong, type Manifests } from '../../../inputs/manifests/manifests.js'
import { manifestsOf } from '../../../inputs/manifests/of-command.js'
import { withProgram } from '../../../inputs/manifests/with-program.js'
import type { CreateTarget } from '../../../proof/prove-options.js'
import { localActionOf, wayBack } from '../../../scenarios/choose.js'
import { createLocalTarget } from '../../../targets/local/local.js'
import type { LocalTargetOptions } from '../../../targets/local/local.js'
import { makeLogFolder } from '../../../targets/local/log-files.js'
import type { Role } from '../../../verdict/story/run-record.js'
import { propagationOf, variables, type LocalSettings } from '../../settings/local-settings.js'
import { REPOSITORY } from '../../settings/paths.js'
import type { ProveSettings } from '../../settings/prove-settings.js'
import { commandWords } from '../../settings/program.js'

const SERVICE = join(REPOSITORY, 'packages/cloud-communal-service/dist')

/** The image of this repository's service, which runs without its image here. */
const OWN_IMAGE = /(?:^|\/)cloud-communal(?:[:@]|$)/u

/** Returns the factory for local targets: the Deployment of the manifests, or one made for a program. */
export function localFactory({ scenario, service, reach }: ProveSettings, settings: LocalSettings): CreateTarget {
  const { logs, nodes, propagation } = settings
  // A path that cannot be written is an error before anything runs.
  if (logs !== undefined) makeLogFolder(join(logs, service === 'naive' ? 'twin' : 'service'))
  const workload = workloadOf(settings)
  return (role, hooks, { number, seed }) =>
    createLocalTarget({
      ...workload(role),
      access: reach.access,
      https: settings.https || undefined,
      env: variables(settings.env),
      balancers: nodes,
      propagation: propagationOf(propagation),
      seed,
      // Every run has new processes, but the pods of the other version must be seen to end, too.
      action: localActionOf(number % 2 === 0 ? wayBack(scenario) : scenario),
      onPodOutput: (pod, line) => hooks.podOutput(pod, line),
      onRefused: (connection) => hooks.refused(connection),
      onRouted: (connection) => hooks.routed(connection),
      ...(logs === undefined ? {} : { logDirectory: join(logs, number === 1 ? role : `${role}-${number}`) }),
    })
}

type Workload = Pick<LocalTargetOptions, 'manifests' | 'command' | 'toCommand' | 'cwd' | 'fromVersion' | 'toVersion'>

type WorkloadOf = (role: Role) => Workload & { readonly manifests: Manifests }

/**
 * Reads the Deployment of a local target.
 *
 * @throws {UsageError} the manifests cannot be used
 */
export function workloadOf(settings: LocalSettings): WorkloadOf {
  const { command, manifests } = settings
  if (command === undefined) return ofManifests(settings)
  return ofCommand(settings, command, manifests === undefined ? alone(settings) : inPlaceOf(settings, manifests))
}

function ofManifests({ manifests = '', workload }: LocalSettings): WorkloadOf {
  const { container, deployment } = readManifests(manifests, { deployment: workload, serviceOptional: true })
  const { field, image } = container
  if (!OWN_IMAGE.test(image) || !existsSync(SERVICE)) {
    const problem = `is ${image || 'missing'}, and zero-drop runs no containers on this machine: give the program with --command beside --manifests, or use a cluster with --target kubernetes`
    throw wrong(deployment, `${field}.image`, problem)
  }
  const read = readManifests(manifests, { deployment: workload })
  return (role) => ({
    manifests: read,
    command: [process.execPath, join(SERVICE, role === 'twin' ? 'naive.js' : 'main.js')],
    fromVersion: 'v1.0.0',
    toVersion: 'v1.0.1',
  })
}

/** The Deployment of a program that has no manifests. */
const alone = (settings: LocalSettings): Manifests =>
  manifestsOf({
    name: 'program',
    replicas: settings.replicas,
    portVariable: settings.portVariable,
    readinessPath: settings.readinessPath,
    https: settings.https,
    readinessPeriodSeconds: settings.readinessPeriodSeconds,
    minReadySeconds: settings.minReadySeconds,
    terminationGracePeriodSeconds: settings.gracePeriodSeconds,
  })

/** The Deployment of the manifests, with the program in place of its container. */
const inPlaceOf = (settings: LocalSettings, manifests: string): Manifests =>
  withProgram(
    readManifests(manifests, {
      deployment: settings.workload,
      replicas: settings.replicas,
      serviceOptional: true,
    }),
    settings,
  )

function ofCommand(settings: LocalSettings, command: string, manifests: Manifests): WorkloadOf {
  const { v2Command = command, twinCommand, cwd, portVariable } = settings
  const port = `$(${portVariable})`
  return (role) => {
    const own = role === 'twin' ? twinCommand : undefined
    return {
      manifests,
      command: commandWords('--command', own ?? command, port),
      toCommand: commandWords('--v2-command', own ?? v2Command, port),
      ...(cwd === undefined ? {} : { cwd }),
      fromVersion: 'v1',
      toVersion: 'v2',
    }
  }
}

let warned = false

/** Prints a warning, once, if the load balancers of a local target cannot have a source address each on this machine. */
export async function warnOfSharedAddress({ nodes }: LocalSettings): Promise<void> {
  if (warned) return
  warned = true
  const warning = await sharedAddressWarning(nodes)
  if (warning !== undefined) process.stderr.write(`zero-drop: ${warning}\n`)
}
