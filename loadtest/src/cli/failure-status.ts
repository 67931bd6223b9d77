import { UsageError } from '../base/errors.js'
import { EXIT } from '../base/exit-status.js'

/** The exit status of what was thrown: somebody named something that cannot be used, or the harness failed. */
export const failureStatus = (error: unknown): typeof EXIT.usage | typeof EXIT.harness =>
  error instanceof UsageError ? EXIT.usage : EXIT.harness
