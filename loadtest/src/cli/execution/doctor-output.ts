import { UsageError } from '../../base/errors.js'
import { EXIT, type ExitStatus } from '../../base/exit-status.js'
import { nearest } from '../../base/nearest.js'
import { ALL_RULES, atLeast, type Examination } from '../../doctor/examine.js'
import { textOf, type Fixed } from '../../doctor/fix/fix.js'
import type { NotRead } from '../../doctor/input/input.js'
import { githubOf } from '../../doctor/output/github.js'
import { jsonOf } from '../../doctor/output/json.js'
import { sarifOf } from '../../doctor/output/sarif.js'
import { sectionOf } from '../../doctor/output/section.js'
import { textOf as printed } from '../../doctor/output/text.js'
import type { DoctorValues, Format } from '../flags/doctor-flags.js'
import { VERSION } from '../version.js'

type FailOn = DoctorValues['failOn']
type Render = (examination: Examination, notRead: readonly NotRead[]) => string

const RENDER: Readonly<Record<Format, Render>> = {
  text: printed,
  json: jsonOf,
  github: githubOf,
  sarif: (examination, notRead) => sarifOf(examination, notRead, VERSION),
}

/** Prints the findings, and returns the exit code. */
export function print(
  examination: Examination,
  notRead: readonly NotRead[],
  format: Format,
  failOn: FailOn,
): ExitStatus {
  process.stdout.write(RENDER[format](examination, notRead))
  return statusOf(examination, notRead, failOn)
}

/** Prints the corrected text of every file. Several files are one stream, each below its name. A rendered text is no file. */
export function printFixed(
  { inputs, corrected, left, uncorrected }: Fixed,
  notRead: readonly NotRead[],
  failOn: FailOn,
): ExitStatus {
  const manifests = inputs.filter(({ documents, rendered }) => documents.length > 0 && !rendered)
  for (const input of manifests) {
    const text = textOf(input)
    process.stdout.write(manifests.length === 1 ? text : `---\n# Source: ${input.name}\n${text.replace(/^---\n/u, '')}`)
  }
  const { findings } = left
  process.stderr.write(`${corrected} of ${corrected + findings.length} findings are corrected\n`)
  for (const reason of uncorrected) process.stderr.write(`zero-drop: ${reason}\n`)
  if (findings.length > 0) process.stderr.write(printed(left, notRead))
  return statusOf(left, notRead, failOn)
}

/** A clean result of a part of the manifests is none. */
function statusOf({ findings }: Examination, notRead: readonly NotRead[], failOn: FailOn): ExitStatus {
  if (notRead.length > 0) return EXIT.usage
  return findings.some(({ severity }) => atLeast(severity, failOn)) ? EXIT.drops : EXIT.proven
}

/** Prints the page of a rule. */
export function printPage(id: string): ExitStatus {
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
