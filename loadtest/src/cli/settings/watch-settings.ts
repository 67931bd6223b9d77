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
  readonly workloads: readonly WorkloadName[]
  readonly container: string | undefined
  /** Empty: derived from the Service of the first workload. */
  readonly urls: readonly string[]
  readonly kubeconfig: string | undefined
  readonly context: string | undefined
  /** The program and the arguments that make the rollout. Empty: somebody else makes it. */
  readonly command: readonly string[]
  readonly patienceMs: number
}

/** With a command, the change should come soon after its end; a GitOps controller needs a moment. In s. */
const AFTER_COMMAND = 60
const WITHOUT_COMMAND = 600

/**
 * Checks the flags of `zero-drop watch`.
 *
 * @throws {UsageError} a workload is not a KIND/NAME, or the program cannot be started
 */
export function watchSettings(line: CommandLine<WatchValues>): WatchSettings {
  const { values, words: command } = line
  const { workload, container, url, kubeconfig, context } = values
  if (workload.length === 0) {
    throw new UsageError('no workload is given: give --workload KIND/NAME, once for each workload that rolls')
  }
  if (command.length > 0) assertExecutable('the command after --', command, fromHere('.'), process.env['PATH'] ?? '')
  const patience = values.for ?? (command.length > 0 ? AFTER_COMMAND : WITHOUT_COMMAND)
  const from = readLoadFrom(line)
  return {
    ...loadOf(readLoadSettings(line), from),
    ...from,
    namespace: namespaceOf(values),
    workloads: workload.map(readWorkload),
    container,
    urls: url,
    kubeconfig: kubeconfig === undefined ? undefined : fromHere(kubeconfig),
    context,
    command,
    patienceMs: patience * 1_000,
  }
}
