import type { WriteStream } from 'node:tty'
import type { Phase, RunState, RunWatcher } from '../proof/run-options.js'
import { count } from '../base/text.js'

export interface Progress extends RunWatcher {
  /** Removes the line. */
  end(): void
}

const ON_TERMINAL = 200
const ELSEWHERE = 30_000

/** Creates the progress line: rewritten in place on a terminal; elsewhere, as in the log of a CI system, printed for each phase and every 30 s. */
export function createProgress(stream: Pick<WriteStream, 'write'> & { isTTY?: boolean; columns?: number }): Progress {
  const terminal = stream.isTTY === true
  let current: { phase: Phase; state: RunState } | undefined
  let rollout = ''
  let since = performance.now()
  const show = (): void => {
    if (!current) return
    const line = progressLine(current.phase, current.state, rollout, performance.now() - since)
    if (terminal) stream.write(`\r\u001B[K${line.slice(0, (stream.columns ?? 80) - 1)}`)
    else stream.write(`${line}\n`)
  }
  const timer = setInterval(show, terminal ? ON_TERMINAL : ELSEWHERE)

  return {
    phase: (phase, state) => {
      if (phase === 'starting') {
        since = performance.now()
        rollout = ''
      }
      current = { phase, state }
      show()
    },
    event: (event) => {
      if (event.type === 'rollout-progress') rollout = `${event.updated}/${event.desired} updated`
      if (event.type === 'rollout-finished') rollout = 'rolled out'
    },
    end: () => {
      clearInterval(timer)
      if (terminal && current) stream.write('\r\u001B[K')
      current = undefined
    },
  }
}

function progressLine(phase: Phase, state: RunState, rollout: string, elapsedMs: number): string {
  const { role, round, timeline } = state
  const { answered, drops, inFlight } = state.totals()
  const seconds = Math.floor(elapsedMs / 1_000)
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  const ending = timeline.terminations.filter(({ goneAt }) => goneAt === null).length
  const alive = timeline.pods.filter(({ goneAt }) => goneAt === null).length
  return [
    `${clock} ${role === 'twin' ? 'naive twin: ' : round === '' ? '' : `${round}: `}${phase}`,
    ...(rollout === '' ? [] : [rollout]),
    `${alive} pods${ending > 0 ? ` (${ending} terminating)` : ''}`,
    `${count(answered)} answered`,
    `${count(drops)} dropped`,
    `${count(inFlight)} in flight`,
  ].join(' · ')
}
