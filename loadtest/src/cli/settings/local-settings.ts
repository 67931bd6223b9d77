import { existsSync, statSync } from 'node:fs'
import { UsageError } from '../../base/errors.js'
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
  /** Undefined when there is a command. */
  readonly manifests: string | undefined
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
  readonly replicas: number
  readonly readinessPath: string | undefined
  readonly readinessPeriodSeconds: number
  readonly minReadySeconds: number
  readonly gracePeriodSeconds: number
  readonly path: string
  /** Undefined: response bodies are not checked. */
  readonly contains: string | undefined
}

const DEFAULT_MANIFESTS = 'k8s/k8s-cloud-communal.yaml'

/** @throws {UsageError} a flag without the flag that it belongs to, or a program or folder that does not exist */
export function readLocalSettings(line: CommandLine<ProveValues>): LocalSettings {
  const { values } = line
  const { command, cwd, env, logs, portEnv, propagation, readinessPath } = values
  if (command === undefined) refuseFlagsOfACommand(line)
  checkPrograms(values)
  if (command !== undefined && Object.hasOwn(variables(env), portEnv)) {
    throw new UsageError(
      `--env sets ${portEnv}, which holds the port of each pod: leave it out, or name another variable with --port-env`,
    )
  }
  return {
    kind: 'local',
    manifests: command === undefined ? manifestsPath(values.manifests) : undefined,
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
    replicas: values.replicas,
    readinessPath,
    readinessPeriodSeconds: values.readinessPeriod,
    minReadySeconds: values.minReady,
    gracePeriodSeconds: values.gracePeriod,
    path: values.path ?? readinessPath ?? '/',
    contains: values.contains,
  }
}

/** @throws {UsageError} no file is named, and there is no default file: zero-drop runs outside its repository */
function manifestsPath(named: string | undefined): string {
  if (named !== undefined) return fromHere(named)
  const path = defaultFile(DEFAULT_MANIFESTS)
  if (existsSync(path)) return path
  throw new UsageError(
    "nothing to prove is given: give --command 'node server.js' for a program on this machine, or --target kubernetes for a workload of a cluster",
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
  if (statSync(full, { throwIfNoEntry: false })?.isDirectory()) return full
  throw invalid('--cwd', path, `there is no folder ${full}; create it, or name another folder`)
}
