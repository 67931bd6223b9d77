import { UsageError } from '../../base/errors.js'
import type { ServerLogFormat } from '../../inputs/profile/server-log-format.js'
import { createLogLineParser } from './log-line.js'

/** The first part of the ids of the requests before the load. Eight characters, a hyphen and a number follow. */
const CHECK_PREFIX = 'zd-preflight-'

const LONGEST = 200

/** Checks whether the log format of a profile fits the log of the service, by the requests before the load. */
export interface LogCheck {
  line(text: string): void
  /** Whether a pod has printed a line. */
  readonly begun: boolean
  /** Whether a line records the end of a request. */
  readonly matched: boolean
  /** Returns the error for a log without such a line; undefined if nothing was printed, so nothing is known. */
  error(): UsageError | undefined
}

export function createLogCheck(format: ServerLogFormat): LogCheck {
  const read = createLogLineParser(format, `${CHECK_PREFIX}[0-9a-f]{8}-`)
  let matched = false
  let last: string | undefined
  let named: string | undefined
  return {
    line: (text) => {
      if (text.trim() !== '') last = text
      if (text.includes(CHECK_PREFIX)) named = text
      const { number, ended } = read(text) ?? {}
      if (number !== undefined && ended === true) matched = true
    },
    get begun() {
      return last !== undefined
    },
    get matched() {
      return matched
    },
    error: () => {
      const line = named ?? last
      if (matched || line === undefined) return undefined
      const shown = JSON.stringify(line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line)
      const why =
        named === undefined
          ? 'no line of the log contains the id of a request'
          : 'a line contains the id of a request, but is not the line `ended`, or has the id in another field'
      return new UsageError(
        `serverLog in the profile matches no line of the log: ${why}, as in ${shown}; correct serverLog, print each line at once, or remove serverLog`,
      )
    },
  }
}
