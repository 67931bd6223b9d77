import { OUTCOMES, OUTCOME_NAMES } from './attempt.js'
import { EXIT } from './exit-status.js'
import type { ExitStatus } from './exit-status.js'
import type { RunRecord } from './run-record.js'
import { bottleneck } from './self-watch.js'
import { count, oneIn, plural, ruleOfThree } from './statistics.js'

type VerdictStatus = 'proven' | 'drops' | 'inconclusive'

export interface Verdict {
  readonly status: VerdictStatus
  readonly exitStatus: ExitStatus
  /** The whole of it in one sentence, with its numbers. */
  readonly sentence: string
  /** Why the run proves nothing, each in a sentence; empty when it does. */
  readonly doubts: readonly string[]
  readonly statistics: Statistics
}

/** The numbers behind a verdict; null where a run did not take place. */
interface Statistics {
  readonly requests: number
  readonly drops: number
  /** Requests whose life overlapped with the time between a pod's SIGTERM and its end. */
  readonly requestsInHazardWindows: number
  readonly terminations: number
  /** With 95 % confidence fewer of the requests in hazard windows are dropped than this share; null when some were. */
  readonly upperBoundPerRequest: number | null
  /** The same for pod terminations that drop anything. */
  readonly upperBoundPerTermination: number | null
  readonly twinRequests: number | null
  readonly twinDrops: number | null
}

/**
 * How many requests of each kind must have been inside hazard windows for their silence to mean something: if 5 % of them
 * were lost, a hundred would all be spared once in 170 runs. The twin shows that such losses do happen under this load.
 */
const ENOUGH_EXPOSED = 100
/** Requests in flight at a SIGTERM are few by nature: as many as slow ones, streams and uploads are at one moment. */
const ENOUGH_SPANNING = 3

export interface Judged {
  readonly service: RunRecord | undefined
  readonly twin: RunRecord | undefined
  /** Why there is no twin. */
  readonly twinSkipped: string | undefined
}

/** Proven only if the run could have seen a drop, saw none, and the harness was not what set the pace. */
export function judge({ service, twin, twinSkipped }: Judged): Verdict {
  if (!service) return judgeTwinAlone(twin)
  const statistics = statisticsOf(service, twin)
  const doubts = doubtsAbout(service)
  if (service.outcome.status === 'interrupted') {
    return verdict('inconclusive', `interrupted; ${dropped(service)} until then`, doubts, statistics)
  }
  if (statistics.drops > 0 && !onlyLate(service)) {
    const failed = service.outcome.status === 'failed' ? `; the rollout failed: ${service.outcome.reason}` : ''
    return verdict('drops', `${dropped(service)} (${kinds(service)})${failed}`, doubts, statistics)
  }
  if (doubts.length === 0) doubts.push(...doubtsAboutTwin(twin, twinSkipped))
  if (doubts.length > 0)
    return verdict('inconclusive', `${dropped(service)}, but ${doubts.join('; ')}`, doubts, statistics)
  return verdict('proven', proof(service, statistics), doubts, statistics)
}

function judgeTwinAlone(twin: RunRecord | undefined): Verdict {
  const statistics = statisticsOf(twin, undefined)
  if (!twin) return verdict('inconclusive', 'nothing ran', ['nothing ran'], statistics)
  const doubts = doubtsAbout(twin)
  if (twin.outcome.status === 'interrupted') {
    return verdict('inconclusive', `interrupted; ${dropped(twin)} until then`, doubts, statistics)
  }
  if (statistics.drops > 0)
    return verdict('drops', `the naive twin: ${dropped(twin)} (${kinds(twin)})`, doubts, statistics)
  const quiet = 'the naive twin dropped nothing, so this load would not have seen a drop'
  return verdict('inconclusive', quiet, [quiet, ...doubts], statistics)
}

function statisticsOf(service: RunRecord | undefined, twin: RunRecord | undefined): Statistics {
  const drops = service?.ledger.drops ?? 0
  const exposed = service?.ledger.exposure.attempts ?? 0
  const terminations = service?.timeline.terminations.length ?? 0
  return {
    requests: service?.ledger.attempts ?? 0,
    drops,
    requestsInHazardWindows: exposed,
    terminations,
    upperBoundPerRequest: drops > 0 ? null : (ruleOfThree(exposed) ?? null),
    upperBoundPerTermination: drops > 0 ? null : (ruleOfThree(terminations) ?? null),
    twinRequests: twin?.ledger.attempts ?? null,
    twinDrops: twin?.ledger.drops ?? null,
  }
}

/** Whatever keeps a run without drops from proving anything. */
function doubtsAbout(record: RunRecord): string[] {
  const { ledger, timeline, outcome, self } = record
  const { exposure, outcomes } = ledger
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
  if (terminations.length === 0) return doubts
  for (const [kind, seen, enough] of [
    ['on new connections', exposure.fresh, ENOUGH_EXPOSED],
    ['on reused connections', exposure.reused, ENOUGH_EXPOSED],
    ['in flight at a SIGTERM', exposure.spanning, ENOUGH_SPANNING],
  ] as const) {
    if (seen < enough) {
      doubts.push(`only ${plural(seen, 'request')} ${kind} met a hazard window (${enough} are needed): raise --rate`)
    }
  }
  return doubts
}

function doubtsAboutTwin(twin: RunRecord | undefined, skipped: string | undefined): string[] {
  if (!twin) return [`there is no naive twin to show that this load sees drops (${skipped ?? 'it did not run'})`]
  if (twin.outcome.status === 'interrupted') return ['the run of the naive twin was interrupted']
  if (twin.ledger.drops > 0) return []
  if (twin.outcome.status === 'failed') return [`the rollout of the naive twin failed: ${twin.outcome.reason}`]
  return ['the naive twin dropped nothing under the same load, so it would not have seen a drop; raise --rate']
}

/** What a harness without breath took too long for says nothing about the service. */
const onlyLate = ({ ledger, self }: RunRecord): boolean =>
  bottleneck(self) !== undefined && ledger.drops === ledger.outcomes['timed-out'] + ledger.outcomes.unreachable

const dropped = ({ ledger }: RunRecord): string =>
  `${count(ledger.drops)} of ${plural(ledger.attempts, 'request')} dropped`

const kinds = ({ ledger }: RunRecord): string =>
  OUTCOME_NAMES.filter((name) => OUTCOMES[name].standing === 'drop' && ledger.outcomes[name] > 0)
    .map((name) => `${count(ledger.outcomes[name])} ${name}`)
    .join(', ')

function proof(service: RunRecord, statistics: Statistics): string {
  const { requestsInHazardWindows, upperBoundPerRequest, upperBoundPerTermination, terminations } = statistics
  const bound = upperBoundPerRequest === null ? '' : `, at 95 % confidence fewer than ${oneIn(upperBoundPerRequest)}`
  const perTermination =
    upperBoundPerTermination === null || upperBoundPerTermination === 1
      ? ''
      : ` and fewer than ${oneIn(upperBoundPerTermination)} terminations`
  return (
    `${dropped(service)}, ${count(requestsInHazardWindows)} of them inside the hazard windows of ` +
    `${plural(terminations, 'pod termination')}${bound}${perTermination}; the naive twin dropped ` +
    `${count(statistics.twinDrops ?? 0)} of ${count(statistics.twinRequests ?? 0)} under the same load`
  )
}

const WORDS: Readonly<Record<VerdictStatus, { word: string; exitStatus: ExitStatus }>> = {
  proven: { word: 'Proven', exitStatus: EXIT.proven },
  drops: { word: 'Drops', exitStatus: EXIT.drops },
  inconclusive: { word: 'Inconclusive', exitStatus: EXIT.inconclusive },
}

const verdict = (status: VerdictStatus, text: string, doubts: readonly string[], statistics: Statistics): Verdict => ({
  status,
  exitStatus: WORDS[status].exitStatus,
  sentence: `${WORDS[status].word}: ${text.replace(/\.$/, '')}.`,
  doubts,
  statistics,
})
