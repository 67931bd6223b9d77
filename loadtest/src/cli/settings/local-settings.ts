import { UsageError } from '../../base/errors.js'
import { statSync } from 'node:fs'
import { isPropagationName, PROPAGATION_NAMES, type Propagation } from '../../targets/local/balancers/propagation.js'
import { number, one } from '../flags/flag.js'
import type { GivenFlags } from '../flags/flag.js'
import { LOCAL_FLAGS } from '../flags/local-flags.js'
import { existing, fromHere } from './paths.js'
import { assertProgram } from './executable.js'
import { words } from './command-words.js'

/** What `prove --target local` was told of its target. Commands are checked, but stand here as they were given. */
export interface LocalSettings {
  readonly kind: 'local'
  /** Undefined where there is a command. */
  readonly manifests: string | undefined
  readonly nodes: number
  readonly propagation: string
  readonly env: readonly string[]
  readonly logs: string | undefined
  /** Undefined: the service of this repository, or of the manifests. The rest goes with it. */
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
  /** Undefined: bodies are not looked at. */
  readonly contains: string | undefined
}

const LONGEST = 86_400

/** @throws {UsageError} in one sentence, naming the flag, what it got and the way out */
export function readLocalSettings(given: GivenFlags): LocalSettings {
  const command = one(given, 'command')
  refuseStrays(given, command)
  const [logs, cwd, manifests] = [one(given, 'logs'), one(given, 'cwd'), one(given, 'manifests')]
  const readinessPath = pathFlag(given, 'readiness-path')
  const propagation = one(given, 'propagation') ?? 'kube-proxy'
  readPropagation(propagation)
  const env = given.get('env') ?? []
  const variables = readVariables(env)
  const path = variables['PATH'] ?? process.env['PATH'] ?? ''
  for (const flag of ['command', 'v2-command', 'twin-command']) {
    const text = one(given, flag)
    if (text !== undefined) assertProgram(flag, words(flag, text, ''), fromHere(cwd ?? '.'), path)
  }
  const portVariable = variableName(one(given, 'port-env') ?? 'PORT')
  if (command !== undefined && Object.hasOwn(variables, portVariable)) {
    throw new UsageError(
      `--env: ${portVariable} is what tells each pod its own port (--port-env): leave it out, or name another variable with --port-env.`,
    )
  }
  const seconds = (name: string, min: number, byDefault: number): number =>
    number(given, name, { min, max: LONGEST, whole: true, unit: 'seconds' }) ?? byDefault
  return {
    kind: 'local',
    manifests: command === undefined ? existing(manifests ?? 'k8s/base') : undefined,
    nodes: number(given, 'nodes', { min: 1, max: 100, whole: true, unit: 'nodes' }) ?? 3,
    propagation,
    env,
    logs: logs === undefined ? undefined : fromHere(logs),
    command,
    v2Command: one(given, 'v2-command'),
    twinCommand: one(given, 'twin-command'),
    portVariable,
    cwd: command === undefined ? undefined : folder(cwd ?? '.'),
    replicas: number(given, 'replicas', { min: 1, max: 100, whole: true, unit: 'pods' }) ?? 3,
    readinessPath,
    readinessPeriodSeconds: seconds('readiness-period', 1, 1),
    minReadySeconds: seconds('min-ready', 0, 5),
    gracePeriodSeconds: seconds('grace-period', 1, 30),
    path: pathFlag(given, 'path') ?? readinessPath ?? '/',
    contains: one(given, 'contains'),
  }
}

/** Undefined where there is a twin: of the service of this repository, or the one that was given. */
export const whyNoLocalTwin = ({ command, twinCommand }: LocalSettings): string | undefined =>
  command === undefined || twinCommand !== undefined
    ? undefined
    : 'give one with --twin-command: the same program without its graceful shutdown'

/** @throws {UsageError} neither a known kind nor a range of seconds */
export function readPropagation(text: string): Propagation {
  if (isPropagationName(text)) return text
  const [from, to] = /^(?<from>\d+(?:\.\d+)?)-(?<to>\d+(?:\.\d+)?)$/u.exec(text)?.slice(1).map(Number) ?? []
  if (from !== undefined && to !== undefined && from <= to && to <= 600) return { min: from * 1_000, max: to * 1_000 }
  throw new UsageError(
    `--propagation: ${JSON.stringify(text)} is none of ${PROPAGATION_NAMES.join(', ')}, nor a range of seconds up to 600, the smaller first, as 0-30 (0.3-0.3 for 300 ms).`,
  )
}

/**
 * A rollout ends when the last load balancer has heard of it: never within this time, and milliseconds were meant.
 *
 * @throws {UsageError}
 */
export function refuseLongerThan(timeoutMs: number, text: string): void {
  const propagation = readPropagation(text)
  if (typeof propagation === 'string' || !('max' in propagation) || propagation.max < timeoutMs) return
  throw new UsageError(
    `--propagation: ${text} are seconds, and no rollout may take longer than ${timeoutMs / 1_000} s (--timeout): for milliseconds write 0.3-0.3, else raise --timeout.`,
  )
}

/** @throws {UsageError} not of the form NAME=VALUE */
export function readVariables(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=')
      if (at > 0) return [variableName(text.slice(0, at)), text.slice(at + 1)]
      throw new UsageError(`--env: ${JSON.stringify(text)} is not of the form NAME=VALUE.`)
    }),
  )
}

/** Flags that belong to a command, where there is none, and the other way round. */
function refuseStrays(given: GivenFlags, command: string | undefined): void {
  if (command !== undefined && given.has('manifests')) {
    throw new UsageError('--manifests and --command were both given; give one of them.')
  }
  const ofCommand = LOCAL_FLAGS.filter(({ group }) => group.startsWith('Any program')).map(({ name }) => name)
  const stray = [...ofCommand, 'twin-command'].find((name) => given.has(name))
  if (command !== undefined || stray === undefined) return
  throw new UsageError(
    `--${stray} says how a program is run, but there is none: give it with --command, or leave --${stray} out.`,
  )
}

function variableName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/u.test(name)) return name
  throw new UsageError(`${JSON.stringify(name)} cannot be the name of a variable: give one such as PORT.`)
}

function pathFlag(given: GivenFlags, name: string): string | undefined {
  const path = one(given, name)
  if (path === undefined || /^\/\S*$/u.test(path)) return path
  throw new UsageError(`--${name}: ${JSON.stringify(path)} is not a path that begins with /.`)
}

function folder(path: string): string {
  const full = fromHere(path)
  if (statSync(full, { throwIfNoEntry: false })?.isDirectory()) return full
  throw new UsageError(`--cwd: there is no folder ${full}.`)
}
