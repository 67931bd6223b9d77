import type { Logger, OpenConnection, ShutdownReport } from './types.js'

/** Connections in the log and in its report. A person cannot read more, and thousands of lines delay the exit. */
const MAX_CONNECTIONS = 1_000

/** Logs a line for each connection that the shutdown destroys, and one line with the counts of those beyond {@link MAX_CONNECTIONS}. */
export function logForced(logger: Logger, forced: readonly OpenConnection[]): void {
  for (const connection of forced.slice(0, MAX_CONNECTIONS)) {
    logger.error(connection, `graceful: cut at the end of the drain: ${textOf(connection)}`)
  }
  const rest = forced.slice(MAX_CONNECTIONS)
  if (rest.length === 0) return
  const counts: Record<string, number> = {}
  for (const { kind, phase } of rest) counts[`${kind} ${phase}`] = (counts[`${kind} ${phase}`] ?? 0) + 1
  const text = Object.entries(counts).map(([activity, count]) => `${count} × ${activity}`)
  logger.error(
    { counts },
    `graceful: cut at the end of the drain: ${rest.length} more connections (${text.join(', ')})`,
  )
}

/** Returns the report for the log: with the first {@link MAX_CONNECTIONS} forced connections, and their number if that leaves some out. */
export function shortened(report: ShutdownReport): ShutdownReport & { readonly forcedCount?: number } {
  const { forced } = report
  if (forced.length <= MAX_CONNECTIONS) return report
  return { ...report, forced: forced.slice(0, MAX_CONNECTIONS), forcedCount: forced.length }
}

const textOf = ({ phase, method, path, peer, ageMs }: OpenConnection): string =>
  method === undefined
    ? `a connection from ${peer} (${phase})`
    : `${method} ${path} from ${peer} (${phase}, seen for ${ageMs ?? 0} ms)`
