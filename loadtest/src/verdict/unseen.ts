import type { RunRecord } from './story/run-record.js'
import { count, duration, oneIn, plural } from '../base/text.js'
import { onlyLate } from './doubts.js'
import { dropped, kinds } from './phrases.js'
import type { Material, Reading } from './reading.js'

/** Requests of each kind in the window, as for a hazard window of a pod. */
const ENOUGH = 100

/**
 * Reads a restart of which only the clients know: no request may be lost, enough of them must be in the window, and something must
 * show that the service was replaced. Otherwise a command that does nothing would be proven.
 */
export function readUnseen({ rounds, totals, statistics }: Material): Reading {
  const inWindow = `${count(statistics.requestsInHazardWindows)} of them`
  const lost = rounds.some((record) => record.ledger.drops > 0 && !onlyLate(record))
  const failed = rounds.map(({ outcome }) => outcome).find(({ status }) => status === 'failed')
  const failure = failed?.status === 'failed' ? `; the restart failed: ${failed.reason}` : ''
  const { upperBoundPerRequest, dropsInHazardWindows } = statistics
  const bound =
    upperBoundPerRequest === null || upperBoundPerRequest === 1
      ? ''
      : `, at 95 % confidence fewer than ${oneIn(upperBoundPerRequest)}`
  const signs = rounds.flatMap((record) => signsOfReplacement(record))
  return {
    loss: lost
      ? `${dropped(totals)} (${kinds(totals)}), ${count(dropsInHazardWindows)} of them in the window of the restart${failure}`
      : undefined,
    finding: `${dropped(totals)}, ${inWindow} in ${windowOf(rounds)} of the restart${bound}`,
    power: `${signs.join(', ')}; no pod was seen, so SIGTERM, exits and margins are unknown; no naive twin has shown that this load sees drops`,
    doubts:
      failed?.status === 'failed'
        ? [`the restart failed: ${failed.reason}`]
        : [...doubtsAboutReplacement(signs), ...doubtsAboutExposure(totals)],
  }
}

const windowOf = (rounds: readonly RunRecord[]): string => {
  const events = rounds.flatMap(({ timeline }) => timeline.events)
  const at = (type: 'window-opened' | 'window-closed'): number | undefined =>
    events.find((event) => event.type === type)?.at
  const [opened, closed] = [at('window-opened'), at('window-closed')]
  return opened === undefined || closed === undefined ? 'the window' : `the window of ${duration(closed - opened)}`
}

/** The signs that the service was replaced: its listening sockets, and the pods that its answers name. */
function signsOfReplacement({ timeline, ledger }: RunRecord): string[] {
  const closed = timeline.events.find((event) => event.type === 'window-closed')
  const opened = timeline.events.find((event) => event.type === 'window-opened')
  const sockets = closed?.type === 'window-closed' && closed.replaced !== null ? [closed.replaced] : []
  if (opened === undefined || closed === undefined) return sockets
  const names = Object.entries(ledger.pods)
  const gone = names.filter(([, pod]) => pod.firstAnswerAt < opened.at && pod.lastAnswerAt < closed.at)
  const come = names.filter(([, pod]) => pod.firstAnswerAt >= opened.at)
  if (gone.length === 0 || come.length === 0) return sockets
  const list = (pods: typeof names): string => pods.map(([name]) => name).join(', ')
  return [...sockets, `${list(come)} answered instead of ${list(gone)}`]
}

const doubtsAboutReplacement = (signs: readonly string[]): string[] =>
  signs.length > 0
    ? []
    : [
        'nothing shows that the service was replaced: no listening socket of this machine changed, and no responses name another pod ' +
          '(podHeader in zero-drop.yaml); a proxy in front of the service hides both',
      ]

const doubtsAboutExposure = ({ exposure, reused }: Material['totals']): string[] =>
  (
    [
      ['on new connections', exposure.fresh],
      // If no connection carried a second request, reused connections cannot lose one.
      ...(reused === 0 ? [] : [['on reused connections', exposure.reused] as const]),
    ] as const
  )
    .filter(([, seen]) => seen < ENOUGH)
    .map(
      ([kind, seen]) =>
        `only ${plural(seen, 'request')} ${kind} met the window of the restart (${ENOUGH} are needed): raise --rate or --for`,
    )
