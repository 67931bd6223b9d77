import { StoreError } from '../store.js'

/**
 * SQLSTATEs of errors that retrying cannot fix: authentication (class 28), unknown database (3D000), missing privilege
 * (42501).
 */
const PERMANENT = /^(28...|3D000|42501)$/

/**
 * SQLSTATEs of a server that goes down, perhaps in the middle of a commit: shutdown or crash (57P), disk full (53100),
 * I/O error (58), internal error (XX).
 */
const GOING_DOWN = /^(57P..|53100|58...|XX...)$/

/** Returns the error for a failed connection. No statement was sent, so nothing was stored. */
export const unreachable = (place: string, error: unknown): StoreError =>
  new StoreError(`${place}: ${messageOf(error)}`, { permanent: PERMANENT.test(sqlState(error) ?? ''), cause: error })

/**
 * Returns the error for a failed statement. With an SQLSTATE the database itself rejected the statement and did not
 * commit it. Without one the connection broke, or timed out, before the response arrived: the statement may have been
 * executed.
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
  // Errors of Node also have a code (ECONNRESET). Only errors of the server have a severity.
  if (!(error instanceof Error && 'code' in error && 'severity' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** A failed connection to a host with several addresses has one error for each of them, and no message itself. */
const messageOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map((one) => messageOf(one)).join('; ')
  return error instanceof Error ? error.message : String(error)
}
