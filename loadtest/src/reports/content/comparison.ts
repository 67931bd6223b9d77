import { basename } from 'node:path'
import { OUTCOMES, OUTCOME_NAMES } from '../../base/attempt.js'
import type { Outcome } from '../../base/attempt.js'
import { EXIT } from '../../base/exit-status.js'
import type { ExitStatus } from '../../base/exit-status.js'
import { count, duration, oneIn } from '../../base/text.js'
import { CLIENT_CLASSES } from '../../clients/index.js'
import type { PodStory } from '../../verdict/story/pod-story.js'
import type { Report, RunReport, Settings } from '../report.js'
import { exitOf } from './pods.js'
import type { Cell, Table } from './table.js'

/** Two reports side by side, in sentences and tables. */
export interface Comparison {
  /** The second run dropped more, or proves less, or neither. */
  readonly status: 'worse' | 'weaker' | 'no worse'
  readonly exitStatus: ExitStatus
  readonly sentence: string
  /** The names of the two reports. */
  readonly names: readonly [string, string]
  /** The verdicts of the two. */
  readonly verdicts: readonly [string, string]
  readonly tables: readonly NamedTable[]
}

export interface NamedTable {
  readonly caption: string
  readonly table: Table
}

interface Named {
  /** The path of the report. */
  readonly name: string
  readonly report: Report
}

type Pair<Value> = readonly [Value, Value]

/** Compares two reports, the second with the first. Only the runs of the service count, unless the twin ran alone. */
export function comparisonOf(first: Named, second: Named): Comparison {
  const reports: Pair<Report> = [first.report, second.report]
  const names: Pair<string> = [basename(first.name), basename(second.name)]
  const table = (title: string, rows: readonly Row[]): NamedTable[] =>
    rows.length === 0 ? [] : [{ caption: title, table: tableOf(title, names, rows) }]
  return {
    ...judgement(reports),
    names,
    verdicts: both(reports, ({ verdict }) => verdict.sentence),
    tables: [
      ...table('Verdict', verdictRows(reports)),
      ...table('Drops by outcome', outcomeRows(reports)),
      ...table('Pods and margins', podRows(reports)),
      ...table('Latency: p50 / p99 / max', latencyRows(reports)),
      ...table('Settings that differ', settingRows(reports)),
    ],
  }
}

function judgement(reports: Pair<Report>): Pick<Comparison, 'status' | 'exitStatus' | 'sentence'> {
  const [first, second] = both(reports, ({ verdict }) => verdict)
  const [before, after] = both(reports, shareOfDrops)
  const numbers = `B dropped ${droppedOf(second)}, A ${droppedOf(first)}`
  if (after > before) return { status: 'worse', exitStatus: EXIT.drops, sentence: `B is worse: ${numbers}.` }
  if (first.status === 'proven' && second.status === 'inconclusive') {
    return {
      status: 'weaker',
      exitStatus: EXIT.inconclusive,
      sentence: `B proves less: it is inconclusive, and A is proven; ${numbers}.`,
    }
  }
  const better = after < before || (first.status === 'inconclusive' && second.status === 'proven')
  return {
    status: 'no worse',
    exitStatus: EXIT.proven,
    sentence: `${better ? 'B is better' : 'B is no worse'}: ${numbers}.`,
  }
}

const shareOfDrops = ({ verdict: { statistics } }: Report): number =>
  statistics.requests === 0 ? 0 : statistics.drops / statistics.requests

function droppedOf({ statistics: { drops, requests } }: Report['verdict']): string {
  const share = drops === 0 ? '' : ` (${((drops / requests) * 100).toFixed(2)} %)`
  return `${count(drops)} of ${count(requests)} requests${share}`
}

/** One line of a comparison. The change is empty where a difference says nothing. */
interface Row {
  readonly name: string
  readonly cells: Pair<Cell>
  readonly change: string
}

const both = <From, To>([first, second]: Pair<From>, of: (value: From) => To): Pair<To> => [of(first), of(second)]

const plain = (name: string, texts: Pair<string>): Row => ({
  name,
  cells: both(texts, (text) => ({ text })),
  change: texts[0] === texts[1] ? 'same' : 'differs',
})

/** @param bad a value above 0 is a fault */
function numeric(name: string, values: Pair<number | null>, show: (value: number) => string, bad = false): Row {
  const [before, after] = values
  const cell = (value: number | null): Cell => {
    const text = value === null ? '–' : show(value)
    return bad && value !== null && value > 0 ? { text, tone: 'bad' } : { text }
  }
  const difference = before === null || after === null ? null : after - before
  const change =
    difference === null
      ? ''
      : difference === 0 || show(before ?? 0) === show(after ?? 0)
        ? 'same'
        : `${difference > 0 ? '+' : '−'}${show(Math.abs(difference))}`
  return { name, cells: both(values, cell), change }
}

function verdictRows(reports: Pair<Report>): Row[] {
  const statistics = both(reports, ({ verdict }) => verdict.statistics)
  const bounds = both(statistics, ({ upperBoundPerRequest: bound }) =>
    bound === null || bound <= 0 ? '–' : oneIn(bound),
  )
  return [
    plain(
      'verdict',
      both(reports, ({ verdict }) => verdict.status),
    ),
    numeric(
      'requests',
      both(statistics, ({ requests }) => requests),
      count,
    ),
    numeric(
      'dropped',
      both(statistics, ({ drops }) => drops),
      count,
      true,
    ),
    numeric(
      'in hazard windows',
      both(statistics, ({ requestsInHazardWindows }) => requestsInHazardWindows),
      count,
    ),
    numeric(
      'pod terminations',
      both(statistics, ({ terminations }) => terminations),
      count,
    ),
    plain('at most dropped', bounds),
    numeric(
      'dropped by the twin',
      both(statistics, ({ twinDrops }) => twinDrops),
      count,
    ),
  ]
}

const outcomeRows = (reports: Pair<Report>): Row[] =>
  OUTCOME_NAMES.filter((name) => name !== 'answered').flatMap((name) => {
    const counts = both(reports, (report) => outcomeCount(report, name))
    return counts[0] + counts[1] === 0 ? [] : [numeric(name, counts, count, OUTCOMES[name].standing === 'drop')]
  })

const outcomeCount = (report: Report, name: Outcome): number =>
  judgedRuns(report).reduce((sum, { requests }) => sum + requests.outcomes[name], 0)

/** The runs of the service, or the twin that ran alone. */
const judgedRuns = ({ runs }: Report): readonly RunReport[] => {
  const service = runs.filter(({ role }) => role === 'service')
  return service.length === 0 ? runs : service
}

const podsOf = (report: Report): readonly PodStory[] => judgedRuns(report).flatMap(({ pods }) => pods)

function podRows(reports: Pair<Report>): Row[] {
  const pods = both(reports, podsOf)
  const longest = (of: (pod: PodStory) => number | null): Pair<number | null> =>
    both(pods, (all) => extreme(all.map(of), Math.max))
  const shortest = both(pods, (all) =>
    extreme(
      all.map(({ margin }) => margin?.fresh.spareMs ?? null),
      Math.min,
    ),
  )
  const exits = both(
    pods,
    (all) => [...new Set(all.map(exitOf).filter((text) => text !== '–'))].toSorted().join(', ') || '–',
  )
  return [
    plain(
      'margin',
      both(reports, (report) =>
        [...new Set(judgedRuns(report).map(({ margin }) => margin?.assessment ?? '–'))].join(', '),
      ),
    ),
    numeric('least time to spare', shortest, duration),
    numeric(
      'latest new connection after SIGTERM',
      longest(({ margin }) => margin?.fresh.lastArrivalMs ?? null),
      duration,
    ),
    numeric(
      'longest from SIGTERM to the close of the listener',
      longest(({ margin }) => margin?.delayMs ?? null),
      duration,
    ),
    numeric(
      'longest from SIGTERM to the end of the pod',
      longest(({ terminatingAt, goneAt }) =>
        terminatingAt === null || goneAt === null ? null : goneAt - terminatingAt,
      ),
      duration,
    ),
    numeric(
      'longest from creation to readiness',
      longest(({ createdAt, readyAt }) => (createdAt === null || readyAt === null ? null : readyAt - createdAt)),
      duration,
    ),
    plain('exits', exits),
  ]
}

function extreme(values: readonly (number | null)[], of: (...values: number[]) => number): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : of(...known)
}

const POINTS = ['p50', 'p99', 'max'] as const

/** A row for each client class. Percentiles of several rollouts do not add up, so each value is the largest of them. */
const latencyRows = (reports: Pair<Report>): Row[] =>
  CLIENT_CLASSES.flatMap(({ name }) => {
    const values = both(reports, (report) =>
      POINTS.map((point) =>
        extreme(
          judgedRuns(report).map(({ requests }) => requests.clients[name]?.latencyMs[point] ?? null),
          Math.max,
        ),
      ),
    )
    if (values.flat().every((value) => value === null)) return []
    const [before, after] = both(values, (points) => points.map((value) => duration(value)).join(' / '))
    const { change } = numeric(
      name,
      both(values, ([, p99 = null]) => p99),
      duration,
    )
    return [{ ...plain(name, [before, after]), change: change === '' || change === 'same' ? change : `p99 ${change}` }]
  })

/** The files of the reports always differ. */
const UNINTERESTING: ReadonlySet<string> = new Set(['report', 'html', 'junit'])

function settingRows(reports: Pair<Report>): Row[] {
  const settings: Pair<Settings> = both(reports, (report) => ({ ...report.settings, version: report.tool.version }))
  const names = [...new Set(settings.flatMap((each) => Object.keys(each)))].filter((name) => !UNINTERESTING.has(name))
  return names
    .map((name) =>
      plain(
        name,
        both(settings, (each) => shownSetting(each[name])),
      ),
    )
    .filter(({ change }) => change !== 'same')
}

/** Formats a setting for people: `–` if it is not set. */
export const shownSetting = (value: Settings[string] | undefined): string =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0)
    ? '–'
    : Array.isArray(value)
      ? value.join(', ')
      : String(value)

const tableOf = (title: string, names: Pair<string>, rows: readonly Row[]): Table => ({
  columns: [
    { header: title },
    { header: `A: ${names[0]}` },
    { header: `B: ${names[1]}` },
    { header: 'change', title: 'from A to B' },
  ],
  rows: rows.map(({ name, cells, change }) => [{ text: name }, ...cells, { text: change }]),
})
