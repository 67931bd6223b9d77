import { EXIT } from '../base/exit-status.js'
import { caseOf } from './format.js'
import type { ReportCase, ReportFormat } from './format.js'

const help = 'JUnit XML report for CI'
const unwritten = { defaultText: 'not written', defaultFile: () => undefined }

export const junit: ReportFormat = {
  flag: 'junit',
  help,
  ...unwritten,
  render: (report) => junitReport([caseOf(report, { report: String(report.settings['report']), page: null })]),
  renderFailure: (failed) => junitReport([failed]),
  suite: { help: `${help}, with a test case for each scenario`, ...unwritten, render: junitReport },
}

/**
 * Renders JUnit XML, a test case for each scenario. Drops are a failure with the verdict's sentence. A scenario that proves
 * nothing, or could not run, is an error.
 */
export function junitReport(cases: readonly ReportCase[]): string {
  const failures = cases.filter(({ exitStatus }) => exitStatus === EXIT.drops).length
  const errors = cases.filter(({ exitStatus }) => exitStatus !== EXIT.proven).length - failures
  const time = seconds(cases.reduce((sum, { durationMs }) => sum + durationMs, 0))
  const totals = attributes({ name: 'zero-drop', tests: cases.length, failures, errors, time })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${totals}>`,
    `  <testsuite${totals}>`,
    ...cases.flatMap(caseLines),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function caseLines({ scenario, status, exitStatus, sentence, durationMs, properties }: ReportCase): string[] {
  const known = Object.entries(properties).flatMap(([name, value]) => (value === null ? [] : [{ name, value }]))
  return [
    `    <testcase${attributes({ classname: 'zero-drop', name: scenario, time: seconds(durationMs) })}>`,
    ...(known.length === 0
      ? []
      : [
          '      <properties>',
          ...known.map((each) => `        <property${attributes(each)}/>`),
          '      </properties>',
        ]),
    ...verdictLines({ exitStatus, status, sentence }),
    '    </testcase>',
  ]
}

function verdictLines({
  exitStatus,
  status,
  sentence,
}: Pick<ReportCase, 'exitStatus' | 'status' | 'sentence'>): string[] {
  if (exitStatus === EXIT.proven) return [`      <system-out>${escaped(sentence)}</system-out>`]
  const element = exitStatus === EXIT.drops ? 'failure' : 'error'
  const about = attributes({ type: status, message: sentence })
  return [`      <${element}${about}>${escaped(sentence)}</${element}>`]
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(3)

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join('')

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
}

/** Escapes text for XML. A sentence may quote a service, so characters that XML 1.0 does not allow become question marks. */
const escaped = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- these characters are replaced
  text
    .replaceAll(/[^\t\n\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '?')
    .replaceAll(/[&<>"\n\t]/g, (found) => ENTITIES[found] ?? found)
