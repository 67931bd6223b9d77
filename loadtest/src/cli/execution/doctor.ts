import { UsageError } from '../../base/errors.js'
import type { ExitStatus } from '../../base/exit-status.js'
import { examine, examineAll } from '../../doctor/examine.js'
import { fix } from '../../doctor/fix/fix.js'
import { groupsOf } from '../../doctor/group.js'
import { readInputs, STDIN } from '../../doctor/input/read-inputs.js'
import { sentenceOf } from '../../doctor/input/input.js'
import { readCluster } from '../../doctor/live.js'
import { STANDARD_INPUT } from '../../inputs/manifests/documents.js'
import type { DoctorValues } from '../flags/doctor-flags.js'
import { fromHere } from '../settings/paths.js'
import { print, printFixed, printPage } from './doctor-output.js'

/**
 * Checks manifests or a cluster, and prints the findings.
 *
 * @throws {UsageError} the cluster cannot be read, no file holds an object, or the flags contradict each other.
 */
export async function runDoctor(values: DoctorValues, paths: readonly string[]): Promise<ExitStatus> {
  if (values.explain !== undefined) return printPage(values.explain)
  return values.live === true ? checkCluster(values, paths) : checkManifests(values, paths)
}

function checkManifests(values: DoctorValues, paths: readonly string[]): ExitStatus {
  const { format, failOn, nodes } = values
  for (const flag of ['namespace', 'selector', 'kubeconfig', 'context', 'allNamespaces'] as const) {
    if (values[flag] !== undefined)
      throw new UsageError(
        `--${flag === 'allNamespaces' ? 'all-namespaces' : flag} needs --live: the namespace of a manifest is in the manifest`,
      )
  }
  if (paths.length === 0) throw new UsageError('no manifest is given: give files or folders, - for stdin, or --live')
  if (paths.includes('')) {
    throw new UsageError(
      'an empty path is given, as by a variable without a value: give files or folders, or . for this one',
    )
  }
  const { inputs, notRead, skipped } = readInputs(
    paths.map((path) => (path === STANDARD_INPUT ? path : fromHere(path))),
    fromHere('.'),
  )
  for (const each of skipped) note(`skipped ${each}`)
  for (const each of notRead) note(`not read: ${sentenceOf(each)}`)
  if (values.fix) return printFixed(fix(inputs, { nodes }), notRead, failOn)
  const examination = examineAll(groupsOf(inputs), { nodes })
  if ((format === 'sarif' || format === 'github') && examination.findings.some(({ place }) => place.file === STDIN)) {
    note('findings of stdin have no file in the repository: give files, or the folder of the kustomization')
  }
  return print(examination, notRead, format, failOn)
}

async function checkCluster(values: DoctorValues, paths: readonly string[]): Promise<ExitStatus> {
  const { nodes, kubeconfig, format, failOn } = values
  if (paths.length > 0)
    throw new UsageError(`--live reads the cluster, but ${paths.join(' ')} is given: give one of them`)
  const { objects, facts, unread } = await readCluster({
    ...values,
    nodes,
    kubeconfig: kubeconfig === undefined ? undefined : fromHere(kubeconfig),
  })
  for (const reason of unread) note(`not read: ${reason}; what needs it can be missing or wrong`)
  return print(examine(objects, facts), [], format, failOn)
}

const note = (text: string): void => void process.stderr.write(`zero-drop: ${text}\n`)
