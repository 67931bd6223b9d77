import { OUTCOMES, OUTCOME_NAMES } from '../../../base/attempt.js'
import type { Outcome } from '../../../base/attempt.js'
import { count, duration, oneIn } from '../../../base/text.js'
import { CLIENT_CLASSES } from '../../../clients/index.js'
import type { PodStory } from '../../../verdict/story/pod-story.js'
import type { Report, RunReport, Settings } from '../../report.js'
import { exitOf } from '../pods.js'

import { shownSetting } from '../settings.js'
import { both, numeric, plain, type Pair, type Row } from './row.js'

export function verdictRows(reports: Pair<Report>): Row[] {
  const statistics = both(reports, ({ verdict }) => verdict.statistics)
  const counted = (name: string, of: (from: Report['verdict']['statistics']) => number | null, bad = false): Row =>
    numeric(name, both(statistics, of), count, bad)
  return [
    plain(
      'verdict',
      both(reports, ({ verdict }) => verdict.status),
    ),
    counted('requests', ({ requests }) => requests),
    counted('dropped', ({ drops }) => drops, true),
    counted('in hazard windows', ({ requestsInHazardWindows }) => requestsInHazardWindows),
    counted('pod terminations', ({ terminations }) => terminations),
    plain(
      'at most dropped',
      both(statistics, ({ upperBoundPerRequest: bound }) => (bound === null || bound <= 0 ? '–' : oneIn(bound))),
    ),
    counted('dropped by the twin', ({ twinDrops }) => twinDrops),
  ]
}

export const outcomeRows = (reports: Pair<Report>): Row[] =>
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

export function podRows(reports: Pair<Report>): Row[] {
  const pods = both(reports, podsOf)
  const extremeOf = (name: string, of: (pod: PodStory) => number | null, choose = Math.max): Row =>
    numeric(
      name,
      both(pods, (all) => extreme(all.map(of), choose)),
      duration,
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
    extremeOf('least time to spare', ({ margin }) => margin?.fresh.spareMs ?? null, Math.min),
    extremeOf('latest new connection after SIGTERM', ({ margin }) => margin?.fresh.lastArrivalMs ?? null),
    extremeOf('longest from SIGTERM to the close of the listener', ({ margin }) => margin?.delayMs ?? null),
    extremeOf('longest from SIGTERM to the end of the pod', ({ terminatingAt, goneAt }) =>
      between(terminatingAt, goneAt),
    ),
    extremeOf('longest from creation to readiness', ({ createdAt, readyAt }) => between(createdAt, readyAt)),
    plain('exits', exits),
  ]
}

const between = (from: number | null, to: number | null): number | null =>
  from === null || to === null ? null : to - from

function extreme(values: readonly (number | null)[], of: (...values: number[]) => number): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : of(...known)
}

const POINTS = ['p50', 'p99', 'max'] as const

/** A row for each client class. Percentiles of several rollouts do not add up, so each value is the largest of them. */
export const latencyRows = (reports: Pair<Report>): Row[] =>
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

export function settingRows(reports: Pair<Report>): Row[] {
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
