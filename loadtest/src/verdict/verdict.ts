import { EXIT } from '../base/exit-status.js'
import type { ExitStatus } from '../base/exit-status.js'
import type { RunRecord } from './story/run-record.js'
import type { Expectation } from '../scenarios/scenario.js'
import { missedFaults } from './self-test-result.js'
import type { SelfTestResult } from './self-test-result.js'
import { doubtsAboutHarness } from './doubts.js'
import { gather, statisticsOf } from './totals.js'
import type { Statistics } from './totals.js'
import { readLosses } from './losses.js'
import { perRound } from './reading.js'
import type { Material, Reading } from './reading.js'
import { readReplaced, readWatched } from './replaced.js'
import { sidesOf } from './sides.js'
import { readUnseen } from './unseen.js'
import { readUntouched } from './untouched.js'
import { dropped } from './phrases.js'

type VerdictStatus = 'proven' | 'drops' | 'inconclusive'

export interface Verdict {
  readonly status: VerdictStatus
  readonly exitStatus: ExitStatus
  /** The verdict in one sentence, with its numbers. */
  readonly sentence: string
  /** The reasons why the run proves nothing, a clause each; empty if it proves something. */
  readonly doubts: readonly string[]
  readonly statistics: Statistics
}

export interface Judged {
  /** The effect of the scenario on the pods that serve. Default: `replaced`. */
  readonly expects?: Expectation
  /** The rollouts of the service under load, in order. */
  readonly rounds: readonly RunRecord[]
  readonly twin: RunRecord | undefined
  /** The reason why the twin did not run. */
  readonly twinSkipped: string | undefined
  /** Whether the harness found its own planted faults; undefined if the self-test did not finish. */
  readonly selfTest: SelfTestResult | undefined
  /** The reason why a rollout after the first could not run. */
  readonly broken?: string | undefined
  /** The user stopped the proof, possibly between two runs. */
  readonly interrupted?: boolean
  /** The bound of `--until-bound`, as a share: a larger one proves too little. */
  readonly untilBound?: number | undefined
}

const READINGS: Readonly<Record<Expectation, (material: Material) => Reading>> = {
  replaced: readReplaced,
  untouched: readUntouched,
  losses: readLosses,
  watched: readWatched,
  unseen: readUnseen,
}

/**
 * Judges a proof. It is proven only if the runs could have seen a drop, saw none, and the harness kept up.
 *
 * A loss outweighs every doubt, except about the harness itself.
 */
export function judge(judged: Judged): Verdict {
  const { expects = 'replaced', rounds, twin, twinSkipped, broken, interrupted = false, untilBound } = judged
  const missed = missedFaults(judged.selfTest)
  if (rounds.length === 0 && twin) return judgeTwinAlone(twin, missed)
  const read = READINGS[expects]
  const totals = gather(rounds)
  const statistics = statisticsOf(totals, rounds.length, twin)
  const rest = { totals, statistics, twin, twinSkipped, untilBound }
  const own = [...missed, ...perRound(rounds, doubtsAboutHarness), ...(broken === undefined ? [] : [broken])]

  // Ctrl-C reaches no pod, and the load ends before the target is restored, so an interruption loses no request.
  const stopped = interrupted || rounds.some(({ outcome }) => outcome.status === 'interrupted')
  const { loss } = read({ ...rest, rounds })
  if (loss !== undefined && missed.length === 0) {
    const beside = own.length === 0 ? '' : `; also, ${own.join('; ')}`
    return verdict('drops', `${stopped ? 'interrupted; ' : ''}${loss}${sidesOf(rounds)}${beside}`, own, statistics)
  }
  if (stopped) return verdict('inconclusive', `interrupted; ${dropped(totals)} until then`, own, statistics)
  if (rounds.length === 0) {
    const reasons = own.length > 0 ? own : ['nothing ran']
    return verdict('inconclusive', reasons.join('; '), reasons, statistics)
  }
  const reading = read({ ...rest, rounds })
  const { finding, power } = reading
  const doubts = [...own, ...reading.doubts]
  if (doubts.length > 0) return verdict('inconclusive', `${finding}, but ${doubts.join('; ')}`, doubts, statistics)
  return verdict('proven', `${finding}; ${power}${sidesOf(rounds)}`, doubts, statistics)
}

function judgeTwinAlone(twin: RunRecord, missed: readonly string[]): Verdict {
  const totals = gather([twin])
  const statistics = statisticsOf(totals, 0, twin)
  const doubts = [...missed, ...doubtsAboutHarness(twin)]
  if (twin.outcome.status === 'interrupted') {
    return verdict('inconclusive', `interrupted; ${dropped(totals)} until then`, doubts, statistics)
  }
  const { loss } = readReplaced({
    rounds: [twin],
    totals,
    statistics,
    twin: undefined,
    twinSkipped: undefined,
    untilBound: undefined,
  })
  if (loss !== undefined && missed.length === 0) {
    return verdict('drops', `the naive twin: ${loss}`, doubts, statistics)
  }
  const quiet = 'the naive twin dropped no request, so this load would not have seen a drop'
  return verdict('inconclusive', [quiet, ...missed].join('; '), [quiet, ...doubts], statistics)
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
