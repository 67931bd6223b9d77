import type { Report } from '../report.js'

/** A service that makes up a version for each answer must not fill the page. */
const MOST_VERSIONS = 8

/** Lists versions in order of their first pod, so that each has one colour on the whole page. */
export function versionsOf(reports: readonly Report[]): string[] {
  const runs = reports.flatMap((report) => report.runs)
  const pods = runs.flatMap((run) => run.pods.toSorted((left, right) => (left.createdAt ?? 0) - (right.createdAt ?? 0)))
  const seconds = runs.flatMap(({ traffic }) => traffic.seconds.flatMap(({ answered }) => Object.keys(answered)))
  return [...new Set([...pods.flatMap(({ version }) => version ?? []), ...seconds])].slice(0, MOST_VERSIONS)
}
