import { OUTCOMES, OUTCOME_NAMES } from './attempt.js'
import { EXIT } from './exit-status.js'
import type { ExitStatus } from './exit-status.js'
import type { RunRecord } from './run-record.js'
import { missedFaults } from './self-test/result.js'
import type { SelfTestResult } from './self-test/result.js'
import { bottleneck } from './self-watch.js'
import { CONFIDENCE, count, oneIn, plural, upperBound } from './statistics.js'
import { doubtsAbout, doubtsAboutExposure, doubtsAboutTwin } from './verdict/doubts.js'
import { gather } from './verdict/evidence.js'
import type { Evidence } from './verdict/evidence.js'

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

/** The numbers behind a verdict, over all rollouts; null where there is nothing to say. */
interface Statistics {
  /** Rollouts under load, without the twin's. */
  readonly rollouts: number
  readonly requests: number
  readonly drops: number
  /** Requests whose life overlapped with the time between a pod's SIGTERM and its end. */
  readonly requestsInHazardWindows: number
  readonly dropsInHazardWindows: number
  /** Pods that got SIGTERM. */
  readonly terminations: number
  /** Of those, the ones in whose hazard window a request was dropped. */
  readonly terminationsWithDrops: number
  /** How sure both bounds are. */
  readonly confidence: number
  /** Of the requests in hazard windows no larger share is dropped. */
  readonly upperBoundPerRequest: number | null
  /** Of the pod terminations no larger share drops anything. */
  readonly upperBoundPerTermination: number | null
  readonly twinRequests: number | null
  readonly twinDrops: number | null
}

export interface Judged {
  /** The service's rollouts under load, in order. */
  readonly rounds: readonly RunRecord[]
  readonly twin: RunRecord | undefined
  /** Why there is no twin. */
  readonly twinSkipped: string | undefined
  /** Whether the harness found the faults that it planted for itself; undefined where it did not come to that. */
  readonly selfTest: SelfTestResult | undefined
  /** Why a rollout after the first could not run. */
  readonly broken?: string | undefined
  /** Somebody stopped it, perhaps between two runs. */
  readonly interrupted?: boolean
  /** The bound that was asked for: a larger one proves too little. */
  readonly untilBound?: number | undefined
}

/** Proven only if the run could have seen a drop, saw none, and the harness was not what set the pace. */
export function judge(judged: Judged): Verdict {
  const { rounds, twin, twinSkipped, selfTest, broken, interrupted = false, untilBound } = judged
  const missed = missedFaults(selfTest)
  if (rounds.length === 0 && twin) return judgeTwinAlone(twin, missed)
  const evidence = gather(rounds)
  const statistics = statisticsOf(evidence, rounds.length, twin)
  const doubts = [...missed, ...rounds.flatMap((record, index) => ofRound(doubtsAbout(record), index, rounds.length))]
  if (broken !== undefined) doubts.push(broken)
  const whole = rounds.filter(({ outcome }) => outcome.status !== 'interrupted')

  const sure = whole.filter((record) => record.ledger.drops > 0 && !onlyLate(record))
  if (sure.length > 0 && missed.length === 0) {
    const failed = whole.find(({ outcome }) => outcome.status === 'failed')?.outcome
    const reason = failed?.status === 'failed' ? `; the rollout failed: ${failed.reason}` : ''
    return verdict('drops', `${loss(evidence, statistics)}${reason}`, doubts, statistics)
  }
  if (interrupted || whole.length < rounds.length) {
    return verdict('inconclusive', `interrupted; ${dropped(evidence)} until then`, doubts, statistics)
  }
  if (rounds.length === 0) {
    const all = doubts.length > 0 ? doubts : ['nothing ran']
    return verdict('inconclusive', all.join('; '), all, statistics)
  }
  if (doubts.length === 0) doubts.push(...doubtsAboutExposure(evidence))
  if (doubts.length === 0) doubts.push(...doubtsAboutTwin(twin, twinSkipped))
  if (doubts.length === 0) doubts.push(...doubtsAboutBound(statistics, untilBound))
  if (doubts.length > 0) {
    return verdict('inconclusive', `${exposed(evidence, statistics)}, but ${doubts.join('; ')}`, doubts, statistics)
  }
  const power = `the naive twin dropped ${count(statistics.twinDrops ?? 0)} of ${count(statistics.twinRequests ?? 0)}`
  return verdict('proven', `${exposed(evidence, statistics)}; ${power} under the same load`, doubts, statistics)
}

function judgeTwinAlone(twin: RunRecord, missed: readonly string[]): Verdict {
  const evidence = gather([twin])
  const statistics = statisticsOf(evidence, 0, twin)
  const doubts = [...missed, ...doubtsAbout(twin)]
  if (twin.outcome.status === 'interrupted') {
    return verdict('inconclusive', `interrupted; ${dropped(evidence)} until then`, doubts, statistics)
  }
  if (evidence.drops > 0 && missed.length === 0) {
    return verdict('drops', `the naive twin: ${loss(evidence, statistics)}`, doubts, statistics)
  }
  const quiet = 'the naive twin dropped nothing, so this load would not have seen a drop'
  return verdict('inconclusive', [quiet, ...missed].join('; '), [quiet, ...doubts], statistics)
}

function statisticsOf(evidence: Evidence, rollouts: number, twin: RunRecord | undefined): Statistics {
  const { requests, drops, exposure, terminations, terminationsWithDrops } = evidence
  return {
    rollouts,
    requests,
    drops,
    requestsInHazardWindows: exposure.attempts,
    dropsInHazardWindows: exposure.drops,
    terminations,
    terminationsWithDrops,
    confidence: CONFIDENCE,
    upperBoundPerRequest: upperBound(exposure.drops, exposure.attempts) ?? null,
    upperBoundPerTermination: upperBound(terminationsWithDrops, terminations) ?? null,
    twinRequests: twin?.ledger.attempts ?? null,
    twinDrops: twin?.ledger.drops ?? null,
  }
}

function doubtsAboutBound({ upperBoundPerRequest }: Statistics, wanted: number | undefined): string[] {
  if (wanted === undefined || (upperBoundPerRequest ?? 1) <= wanted) return []
  return [`that is not yet the ${oneIn(wanted)} of --until-bound: raise --repeat or --rate`]
}

/** In which of several rollouts it was. */
const ofRound = (doubts: readonly string[], index: number, of: number): string[] =>
  doubts.map((doubt) => (of === 1 ? doubt : `in rollout ${index + 1} of ${of} ${doubt}`))

/** What a harness without breath took too long for says nothing about the service. */
const onlyLate = ({ ledger, self }: RunRecord): boolean =>
  bottleneck(self) !== undefined && ledger.drops === ledger.outcomes['timed-out'] + ledger.outcomes.unreachable

const dropped = ({ drops, requests }: Evidence): string => `${count(drops)} of ${plural(requests, 'request')} dropped`

const kinds = ({ outcomes }: Evidence): string =>
  OUTCOME_NAMES.filter((name) => OUTCOMES[name].standing === 'drop' && outcomes[name] > 0)
    .map((name) => `${count(outcomes[name])} ${name}`)
    .join(', ')

/** `in 5 rollouts`, where there were several. */
const over = ({ rollouts }: Statistics): string => (rollouts > 1 ? ` in ${plural(rollouts, 'rollout')}` : '')

/** Nothing was dropped, out of how much. */
function exposed(evidence: Evidence, statistics: Statistics): string {
  const { requestsInHazardWindows, terminations, upperBoundPerRequest, upperBoundPerTermination } = statistics
  if (terminations === 0) return `${dropped(evidence)}${over(statistics)}`
  const bounds = [
    ...(upperBoundPerRequest === null || upperBoundPerRequest === 1 ? [] : [oneIn(upperBoundPerRequest)]),
    ...(upperBoundPerTermination === null || upperBoundPerTermination === 1
      ? []
      : [`${oneIn(upperBoundPerTermination)}${upperBoundPerTermination > 0.1 ? ' of' : ''} terminations`]),
  ]
  const bound = bounds.length === 0 ? '' : `, at 95 % confidence fewer than ${bounds.join(' and fewer than ')}`
  return (
    `${dropped(evidence)}${over(statistics)}, ${count(requestsInHazardWindows)} of them inside the hazard windows of ` +
    `${plural(terminations, 'pod termination')}${bound}`
  )
}

/** What was dropped, and how much more it might be. */
function loss(evidence: Evidence, statistics: Statistics): string {
  const { requestsInHazardWindows, dropsInHazardWindows, terminations, terminationsWithDrops } = statistics
  const { upperBoundPerRequest } = statistics
  const what = `${dropped(evidence)}${over(statistics)} (${kinds(evidence)})`
  if (dropsInHazardWindows === 0) {
    return `${what}, none of them inside the hazard windows of ${plural(terminations, 'pod termination')}`
  }
  const bound = upperBoundPerRequest === null ? '' : `, at 95 % confidence at most ${oneIn(upperBoundPerRequest)}`
  return (
    `${what}, ${count(dropsInHazardWindows)} of the ${count(requestsInHazardWindows)} inside hazard windows${bound}; ` +
    `${count(terminationsWithDrops)} of ${plural(terminations, 'pod termination')} dropped something`
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
