import { OUTCOMES, OUTCOME_NAMES } from '../attempt.js'
import type { RunRecord } from '../run-record.js'
import { bottleneck } from '../self-watch.js'
import { plural } from '../statistics.js'
import type { Evidence } from './evidence.js'

/**
 * How many requests of each kind must have been inside hazard windows for their silence to mean something: if 5 % of them
 * were lost, a hundred would all be spared once in 170 runs. The twin shows that such losses do happen under this load.
 */
const ENOUGH_EXPOSED = 100
/** Requests in flight at a SIGTERM are few by nature: as many as slow ones, streams and uploads are at one moment. */
const ENOUGH_SPANNING = 3
/** One or two could be chance, or another fault; so many are the shutdown. */
const ENOUGH_TWIN_DROPS = 10

/** Whatever keeps one rollout without drops from proving anything. */
export function doubtsAbout(record: RunRecord): string[] {
  const { ledger, timeline, outcome, self } = record
  const { outcomes } = ledger
  const doubts: string[] = []
  if (outcome.status === 'failed') doubts.push(`the rollout failed: ${outcome.reason}`)
  for (const name of OUTCOME_NAMES) {
    if (OUTCOMES[name].standing === 'harness' && outcomes[name] > 0 && outcome.status !== 'interrupted') {
      doubts.push(`${plural(outcomes[name], 'request')} ended as ${name} (${OUTCOMES[name].meaning})`)
    }
  }
  const twice = record.serverLog.summary()?.executedTwice ?? 0
  if (twice > 0) doubts.push(`${plural(twice, 'request')} were executed more than once, by the servers' logs`)
  const busy = bottleneck(self)
  if (busy !== undefined) doubts.push(busy)
  if (outcome.status !== 'finished') return doubts

  const { terminations } = timeline
  if (terminations.length === 0) doubts.push('no pod was seen to get SIGTERM')
  const unseen = terminations.filter(({ goneAt }) => goneAt === null)
  if (unseen.length > 0) doubts.push(`the end of ${unseen.map(({ pod }) => pod).join(', ')} was not seen`)
  const killed = timeline.pods.filter((life) => life.killed)
  if (killed.length > 0) {
    doubts.push(
      `${killed.map(({ pod }) => pod).join(', ')} had to be killed with SIGKILL: its shutdown takes longer than its grace period`,
    )
  }
  return doubts
}

/** Whether enough requests of each kind were in danger, over all rollouts. */
export function doubtsAboutExposure({ exposure, terminations }: Evidence): string[] {
  if (terminations === 0) return []
  return (
    [
      ['on new connections', exposure.fresh, ENOUGH_EXPOSED],
      ['on reused connections', exposure.reused, ENOUGH_EXPOSED],
      ['in flight at a SIGTERM', exposure.spanning, ENOUGH_SPANNING],
    ] as const
  )
    .filter(([, seen, enough]) => seen < enough)
    .map(
      ([kind, seen, enough]) =>
        `only ${plural(seen, 'request')} ${kind} met a hazard window (${enough} are needed): raise --rate or --repeat`,
    )
}

/** Whether the same load is known to see drops where there are some. */
export function doubtsAboutTwin(twin: RunRecord | undefined, skipped: string | undefined): string[] {
  if (!twin) {
    return [`there is no naive twin to show that this load sees drops (${skipped ?? 'it did not run'})`]
  }
  const { outcome, ledger } = twin
  if (outcome.status === 'interrupted') return ['the run of the naive twin was interrupted']
  if (ledger.drops >= ENOUGH_TWIN_DROPS) return []
  if (outcome.status === 'failed') return [`the rollout of the naive twin failed: ${outcome.reason}`]
  const few = ledger.drops === 0 ? 'nothing' : `only ${plural(ledger.drops, 'request')}`
  return [
    `the naive twin dropped ${few} under the same load (${ENOUGH_TWIN_DROPS} are needed), so this load might not have ` +
      'seen a drop; raise --rate',
  ]
}
