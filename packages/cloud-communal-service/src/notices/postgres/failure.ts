import { StoreError } from '../store.js'

/**
 * SQLSTATEs for what somebody has to mend, and no waiting does: authentication (class 28), no such database (3D000), no right to
 * (42501).
 */
const PERMANENT = /^(28...|3D000|42501)$/

/**
 * SQLSTATEs with which a server goes down, perhaps in the middle of a commit: shutdown or crash (57P), disk full (53100), input and
 * output (58), itself (XX).
 */
const GOING_DOWN = /^(57P..|53100|58...|XX...)$/

/** The database could not be reached: nothing was asked of it, so nothing was stored. */
export const unreachable = (place: string, error: unknown): StoreError =>
  new StoreError(`${place}: ${messageOf(error)}`, { permanent: PERMANENT.test(sqlState(error) ?? ''), cause: error })

/**
 * A statement failed. With an SQLSTATE the database itself refused it, and what it refuses is not committed. Without one the
 * connection broke, or the time was up, before its answer came: the statement may have been carried out.
 */
export const failed = (place: string, error: unknown): StoreError => {
  const state = sqlState(error)
  return new StoreError(`${place}: ${messageOf(error)}`, {
    stored: state === undefined || GOING_DOWN.test(state) ? 'unknown' : 'no',
    permanent: PERMANENT.test(state ?? ''),
    cause: error,
  })
}

const sqlState = (error: unknown): string | undefined => {
  // An error of Node has a code too (ECONNRESET); only one that the server sent has a severity.
  if (!(error instanceof Error && 'code' in error && 'severity' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** A host with several addresses fails with an error for each of them, and no message of its own. */
const messageOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map((one) => messageOf(one)).join('; ')
  return error instanceof Error ? error.message : String(error)
}
