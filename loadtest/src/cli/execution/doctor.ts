import { UsageError } from '../../base/errors.js'
import { EXIT, type ExitStatus } from '../../base/exit-status.js'
import { nearest } from '../../base/nearest.js'
import { ALL_RULES, atLeast, examine, examineAll, type Examination } from '../../doctor/examine.js'
import { fix, textOf, type Fixed } from '../../doctor/fix/fix.js'
import { groupsOf } from '../../doctor/group.js'
import { readInputs, STDIN } from '../../doctor/input.js'
import { readCluster } from '../../doctor/live.js'
import { sectionOf } from '../../doctor/output/section.js'
import { githubOf } from '../../doctor/output/github.js'
import { jsonOf } from '../../doctor/output/json.js'
import { sarifOf } from '../../doctor/output/sarif.js'
import { textOf as printed } from '../../doctor/output/text.js'
import { STANDARD_INPUT } from '../../inputs/manifests/documents.js'
import type { Format, DoctorValues } from '../flags/doctor-flags.js'
import { fromHere } from '../settings/paths.js'
import { VERSION } from '../version.js'

/**
 * Checks manifests or a cluster, and prints the findings.
 *
 * @throws {UsageError} a file or the cluster cannot be read, or the flags contradict each other.
 */
export async function runDoctor(values: DoctorValues, paths: readonly string[]): Promise<ExitStatus> {
  const { explain, live = false, format, failOn, nodes } = values
  if (explain !== undefined) return printPage(explain)
  if (live) {
    if (paths.length > 0)
      throw new UsageError(`--live reads the cluster, but ${paths.join(' ')} is given: give one of them`)
    const { objects, facts, unread } = await readCluster({ ...values, nodes, kubeconfig: pathOf(values.kubeconfig) })
    for (const reason of unread)
      process.stderr.write(`zero-drop: not read: ${reason}; what needs it can be missing or wrong\n`)
    return print(examine(objects, facts), format, failOn)
  }
  for (const flag of ['namespace', 'selector', 'kubeconfig', 'context', 'allNamespaces'] as const) {
    if (values[flag] !== undefined)
      throw new UsageError(
        `--${flag === 'allNamespaces' ? 'all-namespaces' : flag} needs --live: the namespace of a manifest is in the manifest`,
      )
  }
  if (paths.length === 0) throw new UsageError('no manifest is given: give files or folders, - for stdin, or --live')
  const read = readInputs(
    paths.map((path) => (path === STANDARD_INPUT ? path : fromHere(path))),
    fromHere('.'),
  )
  for (const skipped of read.skipped) process.stderr.write(`zero-drop: skipped ${skipped}\n`)
  if (values.fix) return printFixed(fix(read.inputs, { nodes }), failOn)
  const examination = examineAll(groupsOf(read.inputs), { nodes })
  if ((format === 'sarif' || format === 'github') && examination.findings.some(({ place }) => place.file === STDIN)) {
    process.stderr.write(
      'zero-drop: findings of stdin have no file in the repository: give files, or the folder of the kustomization\n',
    )
  }
  return print(examination, format, failOn)
}

const pathOf = (path: string | undefined): string | undefined => (path === undefined ? undefined : fromHere(path))

function print(examination: Examination, format: Format, failOn: DoctorValues['failOn']): ExitStatus {
  const render = {
    text: printed,
    json: jsonOf,
    github: githubOf,
    sarif: (each: Examination) => sarifOf(each, VERSION),
  }[format]
  process.stdout.write(render(examination))
  return examination.findings.some(({ severity }) => atLeast(severity, failOn)) ? EXIT.drops : EXIT.proven
}

/** Prints the corrected text of every input. Several inputs are one stream, each below its name. */
function printFixed({ inputs, corrected, left }: Fixed, failOn: DoctorValues['failOn']): ExitStatus {
  const manifests = inputs.filter(({ documents }) => documents.length > 0)
  for (const input of manifests) {
    const text = textOf(input)
    process.stdout.write(manifests.length === 1 ? text : `---\n# Source: ${input.name}\n${text.replace(/^---\n/u, '')}`)
  }
  const { findings } = left
  process.stderr.write(`${corrected} of ${corrected + findings.length} findings are corrected\n`)
  if (findings.length > 0) process.stderr.write(printed(left))
  return findings.some(({ severity }) => atLeast(severity, failOn)) ? EXIT.drops : EXIT.proven
}

function printPage(id: string): ExitStatus {
  const rule = ALL_RULES.find((each) => each.id === id)
  if (rule === undefined) {
    const names = ALL_RULES.map((each) => each.id)
    const guess = nearest(id, names)
    throw new UsageError(
      `unknown rule ${JSON.stringify(id)}${guess === undefined ? `: choose from ${names.join(', ')}` : ` (did you mean ${guess}?)`}`,
    )
  }
  process.stdout.write(`${sectionOf(rule)}\n`)
  return EXIT.proven
}
