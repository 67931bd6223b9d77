import { clock, count, duration, percent, plural } from '../../base/text.js'
import type { WorkerRecord } from '../../verdict/story/worker-record.js'
import type { RunReport } from '../report.js'

/** A sentence or two about a run. */
export interface Note {
  readonly text: string
  /** Worth a look, whatever the verdict is. */
  readonly attention: boolean
}

/** Everything else that a reader of the run has to know. */
export const notesOf = (run: RunReport): Note[] => [
  ...[...gaps(run), ...missingLogs(run), ...bodies(run), ...leftover(run)].map((text) => ({ text, attention: true })),
  ...[
    ...notProcessed(run),
    ...connections(run),
    ...serverLog(run),
    ...retrying(run),
    ...background(run),
    harness(run),
    ...workers(run),
    ...kept(run),
  ].map((text) => ({ text, attention: false })),
]

function notProcessed({ requests }: RunReport): string[] {
  const apart = requests.outcomes['not-processed']
  if (apart === 0) return []
  return [
    `${plural(apart, 'request')} not processed: each was sent on a connection whose end the server had announced ` +
      '(Connection: close, GOAWAY, a close frame). By the protocol the server did nothing, so sending it again is safe.',
  ]
}

function connections({ connections: { closedEarly, shortestIdleMs, streamsEnded } }: RunReport): string[] {
  return [
    ...(closedEarly === 0
      ? []
      : [
          `${plural(closedEarly, 'idle connection')} closed before the keep-alive time that the server had promised, the ` +
            `earliest after ${duration(shortestIdleMs)}. No request was dropped, but one could have been.`,
        ]),
    ...(streamsEnded === 0
      ? []
      : [`${plural(streamsEnded, 'event stream')} ended in order by the server. The clients reconnected.`]),
  ]
}

const gaps = ({ events: all }: RunReport): string[] =>
  all.flatMap((event) => {
    switch (event.type) {
      case 'watch-gap':
        return `${clock(event.at)} UTC: the watch of pods and endpoints had a gap: ${event.detail}`
      case 'log-gap':
        return `${clock(event.at)} UTC: the server logs have a gap: ${event.detail}`
      case 'container-ended':
        return `${clock(event.at)} UTC: the container of ${event.pod} ended with exit code ${event.exitCode ?? '?'}: ${event.reason}`
      default:
        return []
    }
  })

function missingLogs({ serverLog: log, requests }: RunReport): string[] {
  if (log === null) return ["There are no server logs: the verdict rests on the clients' side alone."]
  const missing = requests.answeredWithoutLog ?? 0
  if (missing === 0) return []
  return [
    `${plural(missing, 'answered request')} in no server log. The logs have gaps, so a request that is missing in them ` +
      'proves nothing.',
  ]
}

function serverLog({ serverLog: log }: RunReport): string[] {
  if (log === null) return []
  return [
    `Server logs: ${plural(log.executed, 'request')} executed, ${count(log.executedTwice)} of them more than once.` +
      (log.startsKnown ? '' : ' The logs do not record starts, so it is unknown what a killed server had begun.'),
  ]
}

/** Says which bodies were not checked, and how to check them. */
const bodies = ({ byStatusAlone, unmatched }: Pick<RunReport, 'byStatusAlone' | 'unmatched'>): string[] => [
  ...(byStatusAlone.length === 0
    ? []
    : [
        `Responses from ${byStatusAlone.join(' and ')} were judged by status alone. To check their bodies, set \`contains\` in ` +
          'zero-drop.yaml, or pass --contains.',
      ]),
  ...(unmatched.length === 0
    ? []
    : [
        `Responses from ${unmatched.join(' and ')} were not matched to their requests: the response to another request would look right. ` +
          'To match them, return the request id (`requestId`), or put {id} into `contains` or `json`, in zero-drop.yaml.',
      ]),
]

/** Says what users of a client that retries would have noticed. */
export function retrying({ retrying: report }: Pick<RunReport, 'retrying'>): string[] {
  if (report === null) return []
  const { requests, answeredAtOnce, answeredAfterRetries, failed, latencyMs, errors } = report
  const retried = answeredAfterRetries === 0 ? '' : `, ${count(answeredAfterRetries)} after a retry`
  const seen = failed === 0 ? 'No user saw an error' : `Users saw ${plural(failed, 'error')}, the first: ${errors[0]}`
  return [
    `Client that retries twice (not part of the verdict): of ${plural(requests, 'request')} ${count(answeredAtOnce)} answered ` +
      `at once${retried}. ${seen}; the slowest response took ${duration(latencyMs.max ?? 0)}.`,
  ]
}

function background({ background: report }: RunReport): string[] {
  if (report === null) return []
  if (report.crashed !== null) return [`Background load (autocannon) ended early: ${report.crashed}`]
  const { issued, acknowledged, lost, lostAfterClose, unfinished, unexpectedStatus, latencyMs, requestsPerSecond } =
    report
  const parts = [
    `${count(acknowledged)} of ${plural(issued, 'request')} acknowledged at ${requestsPerSecond}/s`,
    ...(latencyMs ? [`p99 ${duration(latencyMs.p99)}`] : []),
    ...(lostAfterClose > 0 ? [`${count(lostAfterClose)} lost by autocannon, written after Connection: close`] : []),
    `${count(lost)} lost by the service`,
    ...(unexpectedStatus > 0 ? [`${count(unexpectedStatus)} with a status other than 200`] : []),
    ...(unfinished > 0 ? [`${count(unfinished)} still in flight at the end`] : []),
  ]
  return [`Background load by autocannon (not part of the verdict): ${parts.join(', ')}.`]
}

function harness({ harness: { eventLoopDelayMs, latenessMs, cpu, withheld, peakMemoryMiB } }: RunReport): string {
  return (
    `Harness: requests started ${duration(latenessMs.p99 ?? 0)} late (p99), event loop at most ` +
    `${duration(eventLoopDelayMs.max ?? 0)} late, ${percent(cpu)} of a core used, ${percent(withheld.own)} of the time spent ` +
    `waiting for a core, ${peakMemoryMiB} MiB of memory.`
  )
}

/** Says which pods sent the load, how far their clocks are from this machine's, and what they cost. */
function workers({ workers: all }: RunReport): string[] {
  if (all.length === 0) return []
  const nodes = new Set(all.map(({ node }) => node))
  const requests = all.reduce((sum, { attempts }) => sum + attempts, 0)
  const byAddress = all.some(({ byName }) => byName === false)
  return [
    `Load from the cluster: ${plural(all.length, 'worker')} on ${plural(nodes.size, 'node')} sent ${plural(requests, 'request')}. ` +
      'Times are on the clock of this machine; the offset of each worker is the midpoint of its fastest exchange.' +
      (byAddress ? ' DNS did not know the name of the Service, so the workers used its address.' : ''),
    ...all.map(worker),
  ]
}

function worker({
  index,
  pod,
  node,
  attempts,
  clockOffsetMs,
  clockUncertaintyMs,
  harness: self,
  lost,
}: WorkerRecord): string {
  const itsClock =
    clockOffsetMs === null
      ? 'its clock is unknown'
      : `clock ${offset(clockOffsetMs)} (± ${duration(clockUncertaintyMs)})`
  const cost =
    self === null
      ? ''
      : `, ${percent(self.cpu)} of a core, ${self.peakMemoryMiB} MiB, requests ${duration(self.latenessMs.p99)} late (p99)`
  return `Worker ${index}, ${pod ?? 'no pod'} on ${node ?? 'no node'}: ${plural(attempts, 'request')}, ${itsClock}${cost}${lost === null ? '' : `. Lost: ${lost}`}.`
}

const offset = (ms: number): string => `${duration(Math.abs(ms))} ${ms < 0 ? 'behind' : 'ahead'}`

const leftover = ({ leftover: left }: RunReport): string[] => (left === null ? [] : [`Not restored: ${left}`])

function kept({ leftover: left, kept: stays }: RunReport): string[] {
  if (left !== null) return []
  return [stays ? 'The finished rollout stays in place.' : 'The target was restored to its state before the run.']
}
