import { UsageError } from '../../base/errors.js'
import type { WorkloadName } from '../../targets/kubernetes/workload/kinds.js'
import type { CommandLine } from '../flags/parse.js'
import type { WatchValues } from '../flags/watch-flags.js'
import { namespaceOf, readWorkload } from './kubernetes-settings.js'
import { loadOf, readLoadFrom, type LoadFromSettings } from './load-from.js'
import { readLoadSettings, type LoadSettings } from './load-settings.js'
import { fromHere } from './paths.js'
import { assertExecutable } from './program.js'

/** A command line of `zero-drop watch`, checked, with its defaults filled in. Paths are absolute. */
export interface WatchSettings extends LoadSettings, LoadFromSettings {
  readonly namespace: string
  /** Empty: only the URLs are known. */
  readonly workloads: readonly WorkloadName[]
  readonly container: string | undefined
  /** Empty: derived from the Service of the first workload. */
  readonly urls: readonly string[]
  /** The path of the load, and the text that its answers must contain, if no profile describes the service. */
  readonly path: string
  readonly contains: string | undefined
  readonly kubeconfig: string | undefined
  readonly context: string | undefined
  /** The program and the arguments that make the rollout. Empty: somebody else makes it. */
  readonly command: readonly string[]
  readonly patienceMs: number
}

/** With a command, the change should come soon after its end; a GitOps controller needs a moment. In s. */
const AFTER_COMMAND = 60
const WITHOUT_COMMAND = 600
/** Without workloads: the last responses of the old process come within this time, in s. */
const AFTER_RESTART = 10

/**
 * Checks the flags of `zero-drop watch`.
 *
 * @throws {UsageError} a workload is not a KIND/NAME, or the program cannot be started
 */
export function watchSettings(line: CommandLine<WatchValues>): WatchSettings {
  const { values, words: command } = line
  const { workload, container, url, kubeconfig, context, path, contains } = values
  const load = readLoadSettings(line)
  if (workload.length === 0) assertOnlyUrls(line)
  const stray = (['path', 'contains'] as const).find((name) => values[name] !== undefined)
  if (load.profile !== undefined && stray !== undefined) {
    throw new UsageError(`--${stray} has no effect with the profile ${load.profile}: leave --${stray} out`)
  }
  if (command.length > 0) assertExecutable('the command after --', command, fromHere('.'), process.env['PATH'] ?? '')
  const afterCommand = workload.length > 0 ? AFTER_COMMAND : AFTER_RESTART
  const patience = values.for ?? (command.length > 0 ? afterCommand : WITHOUT_COMMAND)
  const from = readLoadFrom(line)
  return {
    ...loadOf(load, from),
    ...from,
    namespace: workload.length === 0 ? '' : namespaceOf(values),
    workloads: workload.map(readWorkload),
    container,
    urls: url,
    path: path ?? '/',
    contains,
    kubeconfig: kubeconfig === undefined ? undefined : fromHere(kubeconfig),
    context,
    command,
    patienceMs: patience * 1_000,
  }
}

/** @throws {UsageError} there is no URL, or a flag that needs a workload */
function assertOnlyUrls({ values, given }: CommandLine<WatchValues>): void {
  if (values.url.length === 0) {
    throw new UsageError(
      'nothing to watch is given: give --workload KIND/NAME, once for each workload that rolls, or --url for a service outside a cluster',
    )
  }
  const stray = ['namespace', 'container', 'kubeconfig', 'context', 'load-from'].find((name) => given.has(name))
  if (stray !== undefined) {
    throw new UsageError(`--${stray} has no effect without --workload: give the workload, or leave --${stray} out`)
  }
}
