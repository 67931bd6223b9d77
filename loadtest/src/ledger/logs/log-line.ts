import type { LineMatch, ServerLogFormat } from '../../inputs/profile/server-log-format.js'

/** The content of one line of a server log. */
export interface LogLine {
  /** The number of the attempt that the line is about. */
  readonly number: number | undefined
  readonly started: boolean
  readonly ended: boolean
  /** The server handed the whole response to the operating system. */
  readonly finished: boolean
  readonly listenerClosed: boolean
  readonly sourcesSilent: boolean
  /** Epoch ms by the server's clock; undefined if the line has no time. */
  readonly at: number | undefined
}

/**
 * Creates the parser of log lines for one run.
 *
 * @param prefix what the ids of the run begin with, as a regular expression that begins with plain letters; a number follows
 */
export function createLogLineParser(format: ServerLogFormat, prefix: string): (line: string) => LogLine | undefined {
  const idInText = new RegExp(`${prefix}([0-9a-z]{1,8})(?![0-9a-z])`)
  const wholeId = new RegExp(`^${prefix}([0-9a-z]{1,8})$`)
  const { requestId, listenerClosed, sourcesSilent } = format
  const stem = /^[a-z0-9-]+/.exec(prefix)?.[0] ?? ''
  const ofPod = [listenerClosed, sourcesSilent].filter((match) => match !== undefined)
  return (line) => {
    // Most lines can be skipped without parsing.
    const named = line.includes(stem)
    if (!named && !ofPod.some((match) => mayMatch(match, line))) return undefined
    const fields = line.startsWith('{') ? parse(line) : undefined
    const id = requestId === undefined ? idInText.exec(line) : wholeId.exec(text(fields?.[requestId]) ?? '')
    const says = (match: LineMatch | undefined): boolean => match !== undefined && matches(match, line, fields)
    const ended = says(format.ended)
    return {
      number: id?.[1] === undefined ? undefined : Number.parseInt(id[1], 36),
      started: says(format.started),
      ended,
      finished: ended && (format.finished === undefined || says(format.finished)),
      listenerClosed: says(listenerClosed),
      sourcesSilent: says(sourcesSilent),
      at: format.time === undefined ? undefined : time(fields?.[format.time]),
    }
  }
}

type Fields = Readonly<Record<string, unknown>> | undefined

const mayMatch = (match: LineMatch, line: string): boolean =>
  'pattern' in match ? match.pattern.test(line) : line.includes(match.value)

const matches = (match: LineMatch, line: string, fields: Fields): boolean =>
  'pattern' in match ? match.pattern.test(line) : text(fields?.[match.field]) === match.value

const text = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined

function time(value: unknown): number | undefined {
  const at = typeof value === 'string' ? Date.parse(value) : value
  return typeof at === 'number' && Number.isFinite(at) ? at : undefined
}

function parse(line: string): Fields {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Fields) : undefined
  } catch {
    return undefined
  }
}
