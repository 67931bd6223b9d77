import { existsSync } from 'node:fs'
import { statsOf } from '../../base/stats.js'
import { UsageError } from '../../base/errors.js'
import { STANDARD_INPUT } from '../../inputs/manifests/documents.js'
import { DEPLOYMENT, readWorkloadName } from '../../targets/kubernetes/workload/kinds.js'
import type { Propagation } from '../../targets/local/balancers/propagation.js'
import { flagName } from '../flags/flag.js'
import { PROGRAM_FLAGS, readPropagation } from '../flags/local-flags.js'
import type { CommandLine } from '../flags/parse.js'
import type { ProveValues } from '../flags/prove-flags.js'
import { invalid } from '../flags/values.js'
import { defaultFile, fromHere } from './paths.js'
import { assertExecutable, commandWords } from './program.js'

/** The local target of a command line. Commands, variables and the propagation are checked, but stay text for the report. */
export interface LocalSettings {
  readonly kind: 'local'
  /** A path, or `-` for the standard input. Undefined: the program alone. */
  readonly manifests: string | undefined
  /** The name of the Deployment in the manifests. Undefined: the only one. */
  readonly workload: string | undefined
  readonly nodes: number
  readonly propagation: string
  readonly env: readonly string[]
  readonly logs: string | undefined
  readonly https: boolean
  /** Undefined: the service of this repository. The settings below belong to the command. */
  readonly command: string | undefined
  readonly v2Command: string | undefined
  readonly twinCommand: string | undefined
  readonly portVariable: string
  readonly cwd: string | undefined
  /** Here and below, undefined: as in the manifests. */
  readonly replicas: number | undefined
  readonly readinessPath: string | undefined
  readonly readinessPeriodSeconds: number | undefined
  readonly minReadySeconds: number | undefined
  readonly gracePeriodSeconds: number | undefined
  readonly path: string
  /** Undefined: response bodies are not checked. */
  readonly contains: string | undefined
}

const DEFAULT_MANIFESTS = 'k8s/k8s-cloud-communal.yaml'

/** @throws {UsageError} a flag without the flag that it belongs to, or a program or folder that does not exist */
export function readLocalSettings(line: CommandLine<ProveValues>): LocalSettings {
  const { values, given } = line
  const { command, cwd, env, logs, portEnv, propagation, readinessPath } = values
  if (command === undefined) refuseFlagsOfACommand(line)
  checkPrograms(values)
  if (command !== undefined && Object.hasOwn(variables(env), portEnv)) {
    throw new UsageError(
      `--env sets ${portEnv}, which holds the port of each pod: leave it out, or name another variable with --port-env`,
    )
  }
  const manifests =
    command === undefined || values.manifests !== undefined ? manifestsPath(values.manifests) : undefined
  if (values.workload !== undefined && manifests === undefined) {
    throw new UsageError(
      '--workload has no effect without manifests: name them with --manifests, or leave --workload out',
    )
  }
  /** The number of a flag; without the flag, that of the manifests. */
  const unlessInManifests = (flag: string, value: number): number | undefined =>
    manifests === undefined || given.has(flag) ? value : undefined
  return {
    kind: 'local',
    manifests,
    workload: values.workload === undefined ? undefined : deploymentName(values.workload),
    nodes: values.nodes,
    propagation,
    env,
    logs: logs === undefined ? undefined : fromHere(logs),
    https: values.https === true,
    command,
    v2Command: values.v2Command,
    twinCommand: values.twinCommand,
    portVariable: portEnv,
    cwd: command === undefined ? undefined : folder(cwd ?? '.'),
    replicas: unlessInManifests('replicas', values.replicas),
    readinessPath,
    readinessPeriodSeconds: unlessInManifests('readiness-period', values.readinessPeriod),
    minReadySeconds: unlessInManifests('min-ready', values.minReady),
    gracePeriodSeconds: unlessInManifests('grace-period', values.gracePeriod),
    path: values.path ?? readinessPath ?? '/',
    contains: values.contains,
  }
}

/** @throws {UsageError} no file is named, and there is no default file: zero-drop runs outside its repository */
function manifestsPath(named: string | undefined): string {
  if (named === STANDARD_INPUT) return named
  if (named !== undefined) return fromHere(named)
  const path = defaultFile(DEFAULT_MANIFESTS)
  if (existsSync(path)) return path
  throw new UsageError(
    "nothing to prove is given: give --command 'node server.js' for a program on this machine, or --target kubernetes for a workload of a cluster",
  )
}

/**
 * Reads the name of a Deployment: `shop` or `deployment/shop`.
 *
 * @throws {UsageError} it is another kind
 */
function deploymentName(workload: string): string {
  if (!workload.includes('/')) return workload
  const named = readWorkloadName(workload)
  if (named === undefined) throw invalid('--workload', workload, 'give the name of a Deployment, as in deployment/shop')
  if (named.kind === DEPLOYMENT) return named.name
  throw invalid(
    '--workload',
    workload,
    `zero-drop plays Deployments only on this machine: give the program alone, with --command and without --manifests, or use a cluster with --target kubernetes`,
  )
}

/** Returns how to get a twin; undefined when there is one: that of this repository's service, or --twin-command. */
export const whyNoLocalTwin = ({ command, twinCommand }: LocalSettings): string | undefined =>
  command === undefined || twinCommand !== undefined
    ? undefined
    : 'give one with --twin-command: the same program without its graceful shutdown'

/**
 * Refuses a propagation delay as long as the timeout of a rollout: a rollout ends when every load balancer knows of it, so it
 * would never succeed. Milliseconds were probably meant.
 *
 * @throws {UsageError}
 */
export function refuseLongerThan(timeoutMs: number, given: string): void {
  const propagation = propagationOf(given)
  if (typeof propagation === 'string' || !('max' in propagation) || propagation.max < timeoutMs) return
  const reason = `the delay is in seconds, and a rollout may take ${timeoutMs / 1_000} s (--timeout)`
  throw invalid('--propagation', given, `${reason}; for 300 ms give 0.3-0.3, else raise --timeout`)
}

/** Returns the propagation that a checked text names. */
export function propagationOf(given: string): Propagation {
  const propagation = readPropagation(given)
  if (propagation === undefined) throw new Error(`unchecked propagation ${given}`)
  return propagation
}

/**
 * Returns the variables of checked `NAME=VALUE` texts; the last of one name wins.
 *
 * @example variables(['LEVEL=debug']) // { LEVEL: 'debug' }
 */
export const variables = (env: readonly string[]): Record<string, string> =>
  Object.fromEntries(env.map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]))

function checkPrograms({ command, v2Command, twinCommand, cwd = '.', env }: ProveValues): void {
  const path = variables(env)['PATH'] ?? process.env['PATH'] ?? ''
  const commands = { '--command': command, '--v2-command': v2Command, '--twin-command': twinCommand }
  for (const [flag, given] of Object.entries(commands)) {
    if (given !== undefined) assertExecutable(flag, commandWords(flag, given, ''), fromHere(cwd), path)
  }
}

/** @throws {UsageError} a flag of a command is given without --command */
function refuseFlagsOfACommand({ given }: CommandLine<ProveValues>): void {
  const names = Object.entries(PROGRAM_FLAGS.flags).map(([key, flag]) => flagName(key, flag))
  const stray = [...names, 'twin-command'].find((name) => given.has(name))
  if (stray === undefined) return
  throw new UsageError(`--${stray} has no effect without --command: give the program, or leave --${stray} out`)
}

function folder(path: string): string {
  const full = fromHere(path)
  if (statsOf(full)?.isDirectory()) return full
  throw invalid('--cwd', path, `there is no folder ${full}; create it, or name another folder`)
}
