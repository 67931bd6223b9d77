import type { RunRecord } from './story/run-record.js'
import { plural } from '../base/text.js'
import type { PodLife } from './story/pod-life.js'
import { onlyLate } from './doubts.js'
import { perRound } from './reading.js'
import type { Material, Reading } from './reading.js'
import { dropped, kinds, over } from './phrases.js'

/** Requests of a whole run. Fewer would not notice a fault. */
const ENOUGH = 100

/** Reads a scenario whose rollout fails and is undone: the pods that serve must not be touched. */
export function readUntouched({ rounds, totals, statistics }: Material): Reading {
  const serving = rounds.reduce((total, { timeline }) => total + served(timeline.pods).length, 0)
  const [first] = rounds.map(({ outcome }) => outcome)
  const reason = first?.status === 'failed' ? ` (${first.reason.replace(/\.$/, '')})` : ''
  const all = `${dropped(totals)}${over(statistics)}`
  return {
    loss: rounds.some((record) => record.ledger.drops > 0 && !onlyLate(record))
      ? `${all} (${kinds(totals)}) by a rollout that should have left the serving pods alone`
      : undefined,
    finding: first?.status === 'failed' ? `${all} while the rollout failed as expected${reason} and was undone` : all,
    power: `none of the ${plural(serving, 'pod')} that served got SIGTERM`,
    doubts: [
      ...perRound(rounds, doubtsAboutRound),
      ...(totals.requests < ENOUGH ? [`only ${plural(totals.requests, 'request')} ran: raise --rate`] : []),
    ],
  }
}

function doubtsAboutRound({ timeline, outcome }: RunRecord): string[] {
  if (outcome.status === 'interrupted') return []
  if (outcome.status === 'finished') return ['the rollout succeeded, but this scenario expects it to fail']
  const touched = served(timeline.pods).filter(({ terminatingAt, goneAt }) => (terminatingAt ?? goneAt) !== null)
  return [
    ...(outcome.undone === true ? [] : [`the rollout failed and was not undone: ${outcome.reason}`]),
    ...(served(timeline.pods).length === 0 ? ['no serving pod was seen'] : []),
    ...(touched.length > 0
      ? [`the failed rollout ended ${touched.map(({ pod }) => pod).join(', ')}, which had been serving`]
      : []),
  ]
}

const served = (pods: readonly PodLife[]): PodLife[] => pods.filter(({ readyAt }) => readyAt !== null)
