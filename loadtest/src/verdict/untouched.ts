import type { RunRecord } from './story/run-record.js'
import { plural } from '../base/text.js'
import type { PodLife } from './story/timeline.js'
import { onlyLate } from './doubts.js'
import { perRound } from './reading.js'
import type { Material, Reading } from './reading.js'
import { dropped, kinds, over } from './phrases.js'

/** Requests of a whole run: with fewer nobody would have noticed anything. */
const ENOUGH = 100

/** The rollout fails as it should, is undone, and the pods that serve notice nothing of either. */
export function readUntouched({ rounds, totals, statistics }: Material): Reading {
  const serving = rounds.reduce((total, { timeline }) => total + served(timeline.pods).length, 0)
  const [first] = rounds.map(({ outcome }) => outcome)
  const reason = first?.status === 'failed' ? ` (${first.reason.replace(/\.$/, '')})` : ''
  const all = `${dropped(totals)}${over(statistics)}`
  return {
    loss: rounds.some((record) => record.ledger.drops > 0 && !onlyLate(record))
      ? `${all} (${kinds(totals)}) by a rollout that should have touched nothing`
      : undefined,
    finding: `${all} while the rollout failed, as it should${reason}, and was undone`,
    power: `none of the ${plural(serving, 'pod')} that served got SIGTERM`,
    doubts: [
      ...perRound(rounds, doubtsAboutRound),
      ...(totals.requests < ENOUGH ? [`there were only ${plural(totals.requests, 'request')}: raise --rate`] : []),
    ],
  }
}

function doubtsAboutRound({ timeline, outcome }: RunRecord): string[] {
  if (outcome.status === 'interrupted') return []
  if (outcome.status === 'finished') return ['the rollout did not fail, as this scenario has it']
  const touched = served(timeline.pods).filter(({ terminatingAt, goneAt }) => (terminatingAt ?? goneAt) !== null)
  return [
    ...(outcome.undone === true ? [] : [`the rollout failed, and was not undone: ${outcome.reason}`]),
    ...(served(timeline.pods).length === 0 ? ['no pod was seen to serve'] : []),
    ...(touched.length > 0
      ? [`${touched.map(({ pod }) => pod).join(', ')} had served and was ended by a rollout that failed`]
      : []),
  ]
}

const served = (pods: readonly PodLife[]): PodLife[] => pods.filter(({ readyAt }) => readyAt !== null)
