import { count } from '../../base/text.js'
import type { Report, RunReport } from '../report.js'
import { selfTestLine } from '../../verdict/self-test-result.js'
import { marginOf } from './margin.js'
import type { MarginNote } from './margin.js'
import { notesOf } from './notes.js'
import type { Note } from './notes.js'
import { countsOf, dropCountsOf, outcomeTable } from './outcomes.js'
import { podTable } from './pods.js'
import { rolloutSentence } from './rollout.js'
import type { Table } from './table.js'
import { unansweredOf } from './unanswered.js'
import type { Unanswered } from './unanswered.js'

/**
 * The content of a report in sentences and tables, without a format. `text.ts` and `html/` render it, so that both say the
 * same.
 */
export interface Content {
  /** The verdict in a few words, for a title. */
  readonly title: string
  /** `0 of 11,261 requests dropped` */
  readonly headline: string
  /** The service and what happened to it. */
  readonly subject: string
  readonly verdict: Report['verdict']
  /** The runs of the service in order, then the twin's. */
  readonly runs: readonly RunContent[]
  /** About the proof as a whole: the twin that did not run, the self-test. */
  readonly notes: readonly Note[]
}

export interface RunContent {
  /** `The service, rollout 2 of 3` */
  readonly name: string
  readonly description: string
  readonly urls: readonly string[]
  /** When the rollout took place, and how it ended. */
  readonly rollout: string
  readonly attempts: number
  readonly drops: number
  /** The requests in one line, and its first part: how many were dropped, and how. */
  readonly counts: string
  readonly dropCounts: string
  /** Requests by client class and outcome. */
  readonly outcomes: Table
  readonly pods: Table
  /** Null if no pod got SIGTERM. */
  readonly margin: MarginNote | null
  /** Null if every request was answered. */
  readonly unanswered: Unanswered | null
  /** The run is a twin beside its service: its drops are expected. */
  readonly dropsExpected: boolean
  readonly notes: readonly Note[]
}

/** Puts a report into sentences and tables. */
export function contentOf(report: Report): Content {
  const { verdict, runs } = report
  const { drops, requests } = verdict.statistics
  const headline = `${count(drops)} of ${count(requests)} requests dropped`
  return {
    title: `${verdict.status}: ${headline}`,
    headline,
    subject: runs[0]?.description ?? 'Nothing ran',
    verdict,
    runs: runs.map((run) => runContent(run, run.role === 'twin' && runs.length > 1)),
    notes: [
      ...(report.twinSkipped === null
        ? []
        : [{ text: `The naive twin did not run: ${report.twinSkipped}.`, attention: true }]),
      report.selfTest === null
        ? { text: 'The self-test did not finish.', attention: true }
        : { text: selfTestLine(report.selfTest), attention: !report.selfTest.passed },
    ],
  }
}

const runContent = (run: RunReport, dropsExpected: boolean): RunContent => ({
  name: run.role === 'twin' ? 'The naive twin' : `The service${run.round === '' ? '' : `, ${run.round}`}`,
  description: run.description,
  urls: run.urls,
  rollout: rolloutSentence(run),
  attempts: run.requests.attempts,
  drops: run.requests.drops,
  counts: countsOf(run),
  dropCounts: dropCountsOf(run),
  outcomes: outcomeTable(run),
  pods: podTable(run),
  margin: marginOf(run),
  unanswered: unansweredOf(run),
  dropsExpected,
  notes: notesOf(run),
})
