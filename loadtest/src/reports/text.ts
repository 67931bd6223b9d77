import { clock, count, plural, shortened, visible, wrapped } from '../base/text.js'
import { contentOf } from './content/content.js'
import type { RunContent } from './content/content.js'
import type { CauseGroup, ListedRequest, Unanswered } from './content/unanswered.js'
import type { Report } from './report.js'
import { textTable } from './text-table.js'

export interface TextOptions {
  /** The report files that were written. */
  readonly files?: readonly string[]
  /** Shows every table, note and run, the twin as long as the service. Default: one screen. */
  readonly verbose?: boolean
  /** Columns of the terminal. Undefined breaks no line, for logs and pipes. */
  readonly width?: number | undefined
}

interface Layout extends Pick<TextOptions, 'width'> {
  readonly verbose: boolean
}

/** More than this does not fit on one screen. */
const MOST = { pods: 8, causes: 5, podsOfCause: 3, notes: 3 }
/** Requests of each cause with `--verbose`. */
const MOST_REQUESTS = 5
const SHORT_NAME = 24

/** Renders a report for a terminal: each run, then the verdict as the last line. */
export function textReport(report: Report, { files = [], verbose = false, width }: TextOptions = {}): string {
  const { runs, notes, verdict } = contentOf(report)
  const layout = { width, verbose }
  const brief = runs.filter(({ dropsExpected }) => !dropsExpected).length > 1
  const lines = [
    ...runs.flatMap((run) => [...(verbose ? fullRun(run, layout) : shortRun(run, layout, brief)), '']),
    ...(verbose ? findingLines(report, width) : []),
    ...notes.flatMap(({ text, attention }) => (verbose || attention ? [...wrapped(text, width, '', ''), ''] : [])),
    ...(files.length === 0 ? [] : [`Report: ${files.join(', ')}`]),
    ...wrapped(verdict.sentence, width, '', ''),
  ]
  return visible(`${lines.join('\n')}\n`)
}

/** Renders the findings of `zero-drop doctor` before the runs. */
const findingLines = ({ findings }: Report, width: number | undefined): string[] =>
  findings.length === 0
    ? []
    : [
        'Findings of zero-drop doctor before the rollout:',
        ...findings.flatMap(({ severity, object, place, message, instead }) =>
          wrapped(`${severity}: ${object}, ${place}: ${message}; ${instead}`, width, INDENT),
        ),
        '',
      ]

/** @param brief one of several rollouts: pods only where requests were dropped */
function shortRun(run: RunContent, layout: Layout, brief: boolean): string[] {
  const { name, description, counts, rollout, pods, margin, unanswered, drops } = run
  if (run.dropsExpected) return wrapped(`${name}: ${run.dropCounts}`, layout.width)
  const notes = run.notes.filter(({ attention }) => attention).map(({ text }) => text)
  const more = notes.length > MOST.notes ? [`… and ${notes.length - MOST.notes} more notes: see --verbose`] : []
  const showPods = pods.rows.length > 0 && (!brief || drops > 0)
  return [
    ...wrapped(`${name}: ${description}`, layout.width),
    ...indent([rollout, counts], layout),
    ...(showPods
      ? ['', ...lined(textTable(pods, { width: inner(layout), most: MOST.pods })), ...(margin ? [''] : [])]
      : []),
    ...(margin === null ? [] : indent([margin.sentence], layout)),
    ...(unanswered === null ? [] : causeLines(unanswered, layout)),
    ...(notes.length === 0 ? [] : ['', ...indent([...notes.slice(0, MOST.notes), ...more], layout)]),
  ]
}

const fullRun = (run: RunContent, layout: Layout): string[] => [
  ...wrapped(`${run.name}: ${run.description}`, layout.width),
  ...indent([run.urls.join('  '), run.rollout], layout),
  '',
  ...lined(textTable(run.outcomes, { wide: true })),
  '',
  ...lined(run.pods.rows.length === 0 ? ['No pod was seen.'] : textTable(run.pods, { wide: true })),
  ...(run.margin === null ? [] : ['', ...indent([run.margin.sentence], layout)]),
  ...(run.unanswered === null ? [] : causeLines(run.unanswered, layout)),
  '',
  ...indent(
    run.notes.map(({ text }) => text),
    layout,
  ),
]

function causeLines({ causes, advice, listed, notListed }: Unanswered, layout: Layout): string[] {
  // On one screen, requests that were not dropped are a part of the counts.
  const told = layout.verbose ? causes : causes.filter(({ dropped }) => dropped)
  if (told.length === 0) return []
  const shown = layout.verbose ? told : told.slice(0, MOST.causes)
  const more = told.length - shown.length
  return [
    '',
    '  Not answered:',
    ...shown.flatMap((group) => groupLines(group, layout)),
    ...(more === 0 ? [] : [`    … and ${plural(more, 'more cause')}: see --verbose`]),
    ...(notListed === 0
      ? []
      : [`    The causes of the first ${count(listed)} are known; ${count(notListed)} more came.`]),
    ...(advice.length === 0
      ? []
      : ['', '  What to do:', ...indent(layout.verbose ? advice : advice.slice(0, MOST.causes), layout, '    ')]),
  ]
}

function groupLines({ title, count: size, pods }: CauseGroup, layout: Layout): string[] {
  const named = pods
    .slice(0, MOST.podsOfCause)
    .map(({ pod, requests }) => `${count(requests.length)} at ${shortened(pod ?? 'an unknown pod', SHORT_NAME)}`)
  const rest = pods.length - named.length
  const where = `${named.join(', ')}${rest === 0 ? '' : `, and ${plural(rest, 'more pod')}`}`
  const examples = pods.flatMap(({ requests }) => requests).slice(0, layout.verbose ? MOST_REQUESTS : 1)
  return [
    ...indent([`${count(size)} × ${title}`], layout, '    '),
    ...indent([where], layout, '      '),
    ...examples.flatMap((request) => indent(requestLines(request, layout), layout, '      ')),
  ]
}

const requestLines = (request: ListedRequest, { verbose }: Layout): string[] => {
  const { at, client, request: what, url, cause, detail, serverSide } = request
  const head = `${clock(at)}  ${client}  ${what}`
  if (!verbose) return [`${head}: ${cause}`]
  return [`${head} at ${url}`, cause, `${detail}${serverSide === null ? '' : `; ${serverSide}`}`]
}

const INDENT = '  '

const lined = (lines: readonly string[]): string[] => lines.map((line) => INDENT + line)

const inner = ({ width }: Layout): number | undefined => (width === undefined ? undefined : width - INDENT.length)

const indent = (lines: readonly string[], { width }: Layout, by = INDENT): string[] =>
  lines.flatMap((line) => (line === '' ? [''] : wrapped(line, width, by)))
