import { count, duration, secondsSince } from '../../base/text.js'
import type { PodStory } from '../../verdict/story/pod-story.js'
import type { RunReport } from '../report.js'
import type { Cell, Column, Table } from './table.js'

const COLUMNS: readonly Column[] = [
  { header: 'pod' },
  { header: 'version' },
  { header: 'created', wide: true },
  { header: 'ready', wide: true },
  { header: 'SIGTERM', title: 'or SIGKILL, where the scenario kills pods' },
  { header: 'unrouted', title: 'the last load balancer removed the endpoint', wide: true },
  { header: 'last new', title: 'start of the last request on a new connection' },
  {
    header: 'last reused',
    title: 'start of the last request on a connection that had answered before',
    wide: true,
  },
  { header: 'closed', title: 'the listener closed' },
  { header: 'gone' },
  { header: 'exit' },
  { header: 'answered' },
  { header: 'margin', title: 'time from the last new connection to the close of the listener', wide: true },
  { header: 'comfortable delay', title: 'the last new connection, plus half as much again, at least 1 s', wide: true },
]

/** The life of each pod, in order of creation. Times are seconds since the rollout began. */
export function podTable(run: Pick<RunReport, 'pods' | 'rolloutStartedAt' | 'startedAt'>): Table {
  const origin = run.rolloutStartedAt ?? run.startedAt
  return {
    columns: COLUMNS,
    rows: run.pods.map((pod) => [
      { text: pod.pod },
      { text: pod.version ?? '–' },
      ...moments(pod).map((at) => ({ text: secondsSince(origin, at) })),
      { text: exitOf(pod) },
      { text: count(pod.answered) },
      ...marginCells(pod),
    ]),
  }
}

function moments(pod: PodStory): (number | null)[] {
  // Probes take a pod that lives on out of routing for moments, too: that does not belong to a shutdown.
  const ofShutdown = (at: number | null): number | null => (pod.terminatingAt === null ? null : at)
  return [
    pod.createdAt,
    pod.readyAt,
    pod.terminatingAt ?? pod.killedAt,
    ofShutdown(pod.lastEndpointRemovedAt),
    ofShutdown(pod.lastFreshArrivalAt),
    ofShutdown(pod.lastReusedArrivalAt),
    ofShutdown(pod.listenerClosedAt),
    pod.goneAt,
  ]
}

/** How the pod ended: its exit code, `SIGKILL`, `?` if nobody saw the code, `–` if it still runs. */
export function exitOf({ goneAt, exitCode, killed, killedAt }: PodStory): string {
  if (goneAt === null) return '–'
  if (killed || killedAt !== null) return 'SIGKILL'
  return exitCode === null ? '?' : String(exitCode)
}

function marginCells({ margin }: PodStory): Cell[] {
  if (margin === null) return [{ text: '–' }, { text: '–' }]
  const { assessment, fresh, comfortableDelayMs } = margin
  const text = fresh.spareMs === null ? assessment : `${duration(fresh.spareMs)}, ${assessment}`
  const scarce = assessment === 'near-miss' || assessment === 'too-short'
  return [scarce ? { text, tone: 'doubt' } : { text }, { text: duration(comfortableDelayMs) }]
}
