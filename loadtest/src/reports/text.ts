import { clock, visible } from '../base/text.js'
import { contentOf } from './content/content.js'
import type { RunContent } from './content/content.js'
import { moreSentence } from './content/unanswered.js'
import type { Unanswered } from './content/unanswered.js'
import type { UnansweredRequest } from './data/unanswered.js'
import type { Report } from './report.js'
import { textTable } from './text-table.js'

const MOST_REQUESTS = 20
/** The drops of a twin beside its service are expected: a few examples are enough. */
const MOST_EXPECTED = 3

/** Renders a report for a terminal: each run, then the verdict as the last line. */
export function textReport(report: Report, ...reportPaths: readonly string[]): string {
  const { runs, notes, verdict } = contentOf(report)
  const lines = [
    ...runs.flatMap((run) => [...runLines(run), '']),
    ...notes.flatMap((note) => [note, '']),
    `Report: ${reportPaths.join(', ')}`,
    verdict.sentence,
  ]
  return visible(`${lines.join('\n')}\n`)
}

const runLines = (run: RunContent): string[] => [
  `${run.name}: ${run.description}`,
  ...indent([
    run.urls.join('  '),
    run.rollout,
    '',
    ...textTable(run.outcomes),
    '',
    ...(run.pods.rows.length === 0 ? ['No pod was seen.'] : textTable(run.pods)),
    ...(run.margin === null ? [] : ['', run.margin.sentence]),
    ...(run.unanswered === null
      ? []
      : unansweredLines(run.unanswered, run.dropsExpected ? MOST_EXPECTED : MOST_REQUESTS)),
    '',
    ...run.notes,
  ]),
]

function unansweredLines(unanswered: Unanswered, most: number): string[] {
  const shown = unanswered.requests.slice(0, most)
  const more = moreSentence(unanswered, shown.length)
  const requests = [...shown.flatMap(requestLines), ...(more === undefined ? [] : [more])]
  const advice = unanswered.advice.length === 0 ? [] : ['', 'What to do:', ...indent(unanswered.advice)]
  return ['', 'Not answered:', ...indent(requests), ...advice]
}

function requestLines({ at, client, request, url, outcome, cause, detail, serverSide }: UnansweredRequest): string[] {
  return [
    `${clock(at)}  ${client}  ${request} at ${url}`,
    `    ${outcome}: ${cause}`,
    `    ${detail}${serverSide === null ? '' : `; ${serverSide}`}`,
  ]
}

const indent = (lines: readonly string[]): string[] => lines.map((line) => (line === '' ? '' : `  ${line}`))
