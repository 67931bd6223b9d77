import type { AbandonedWork, Logger, OpenConnection, ShutdownReport } from './types.js'

/** Connections, and names of background work, in the log and in its report. A person cannot read more, and thousands of lines delay the exit. */
const MAX_ENTRIES = 1_000

/** Logs a line for each connection that the shutdown destroys, and one line with the counts of those beyond {@link MAX_ENTRIES}. */
export function logForced(logger: Logger, forced: readonly OpenConnection[]): void {
  for (const connection of forced.slice(0, MAX_ENTRIES)) {
    logger.error(connection, `graceful: cut at the end of the drain: ${textOf(connection)}`)
  }
  const rest = forced.slice(MAX_ENTRIES)
  if (rest.length === 0) return
  const counts: Record<string, number> = {}
  for (const { kind, phase } of rest) counts[`${kind} ${phase}`] = (counts[`${kind} ${phase}`] ?? 0) + 1
  const text = Object.entries(counts).map(([activity, count]) => `${count} × ${activity}`)
  logger.error(
    { counts },
    `graceful: cut at the end of the drain: ${rest.length} more connections (${text.join(', ')})`,
  )
}

/** Logs a line for each name of background work that the shutdown abandons, and one line with the number beyond {@link MAX_ENTRIES}. */
export function logAbandoned(logger: Logger, abandoned: readonly AbandonedWork[]): void {
  for (const work of abandoned.slice(0, MAX_ENTRIES)) {
    const { name, count, oldestMs } = work
    const pending = count === 1 ? `pending for ${oldestMs} ms` : `${count} pending, the oldest for ${oldestMs} ms`
    logger.error({ work }, `graceful: stopped waiting for background work '${name}' (${pending})`)
  }
  const names = abandoned.length - MAX_ENTRIES
  if (names > 0) logger.error({ names }, `graceful: stopped waiting for background work with ${names} more names`)
}

/** Counts of a report that lists only the first entries. */
interface LeftOut {
  readonly forcedCount?: number
  readonly abandonedCount?: number
}

/** Returns the report for the log: with the first {@link MAX_ENTRIES} entries of each list, and their number if that leaves some out. */
export function shortened(report: ShutdownReport): ShutdownReport & LeftOut {
  const { forced, abandoned } = report
  return {
    ...report,
    forced: forced.slice(0, MAX_ENTRIES),
    abandoned: abandoned.slice(0, MAX_ENTRIES),
    ...(forced.length > MAX_ENTRIES ? { forcedCount: forced.length } : {}),
    ...(abandoned.length > MAX_ENTRIES ? { abandonedCount: abandoned.length } : {}),
  }
}

const textOf = ({ phase, method, path, peer, ageMs }: OpenConnection): string =>
  method === undefined
    ? `a connection from ${peer} (${phase})`
    : `${method} ${path} from ${peer} (${phase}, seen for ${ageMs ?? 0} ms)`
