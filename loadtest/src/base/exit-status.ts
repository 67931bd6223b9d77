import { UsageError } from './errors.js'

/** The exit codes of `zero-drop`. They are public API: CI jobs depend on them. */
export const EXIT = {
  /** No request was dropped, and the run could have seen a drop. */
  proven: 0,
  /** At least one request was dropped. */
  drops: 1,
  /** The command line, or what it names, cannot be used. */
  usage: 2,
  /** Nothing was dropped, but the run proves nothing; or it was interrupted. */
  inconclusive: 3,
  /** The harness itself failed. */
  harness: 4,
} as const

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT]

/** Returns the exit code for an error: the user named something that cannot be used, or the harness failed. */
export const failureStatus = (error: unknown): typeof EXIT.usage | typeof EXIT.harness =>
  error instanceof UsageError ? EXIT.usage : EXIT.harness
