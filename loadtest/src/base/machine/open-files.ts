import { readFileSync } from 'node:fs'
import { UsageError } from '../errors.js'

/** The clients, the self-test and the load balancers of the default load need up to about 400. */
const NEEDED = 512

/**
 * Checks that this process may open enough files for the load. Node has already raised the soft limit to the hard one. Without `/proc`
 * nothing is checked.
 *
 * @throws {UsageError} the limit is too low
 */
export function assertOpenFiles(readLimits = (): string => readFileSync('/proc/self/limits', 'latin1')): void {
  const limit = limitOf(readLimits)
  if (limit === undefined || limit >= NEEDED) return
  throw new UsageError(
    `this process may open only ${limit} files, and zero-drop needs ${NEEDED} or more for its connections: ` +
      `raise the hard limit with ulimit -n ${2 * NEEDED}, or that of the container with --ulimit nofile=${2 * NEEDED}`,
  )
}

function limitOf(readLimits: () => string): number | undefined {
  try {
    const [, soft] = /^Max open files\s+(\d+)/mu.exec(readLimits()) ?? []
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined
  }
}
