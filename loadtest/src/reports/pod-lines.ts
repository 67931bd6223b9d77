import { podStories } from '../verdict/story/pod-story.js'
import type { PodStory } from '../verdict/story/pod-story.js'
import type { RunRecord } from '../verdict/story/run-record.js'
import { count } from '../base/text.js'
import { table } from './table.js'

const HEADER = [
  'pod',
  'version',
  'ready',
  'SIGTERM',
  'unrouted',
  'last new',
  'last reused',
  'listener closed',
  'gone',
  'exit',
  'answered',
]

/** The pods' lives, in seconds since the rollout began, in the order in which they came. */
export function podLines(record: RunRecord): string[] {
  const origin = record.rolloutStartedAt ?? record.startedAt
  const rows = podStories(record).map((story) => [
    story.pod,
    story.version ?? '–',
    ...moments(story).map((at) => (at === null ? '–' : seconds(at - origin))),
    exit(story),
    count(story.answered),
  ])
  return rows.length === 0 ? ['No pod was seen.'] : table(HEADER, rows)
}

function moments(story: PodStory): (number | null)[] {
  // A pod that lives on is taken out of routing for moments, too; that is not the end of anything.
  const ending = story.terminatingAt !== null
  return [
    story.readyAt,
    story.terminatingAt ?? story.killedAt,
    ...[story.lastEndpointRemovedAt, story.lastFreshArrivalAt, story.lastReusedArrivalAt, story.listenerClosedAt].map(
      (at) => (ending ? at : null),
    ),
    story.goneAt,
  ]
}

const seconds = (ms: number): string => `${ms < 0 ? '−' : '+'}${Math.abs(ms / 1_000).toFixed(1)}`

const exit = ({ goneAt, killed, exitCode, killedAt }: PodStory): string => {
  if (goneAt === null) return '–'
  if (killed || killedAt !== null) return 'SIGKILL'
  return exitCode === null ? '?' : String(exitCode)
}
