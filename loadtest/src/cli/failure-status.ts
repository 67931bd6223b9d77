import { EXIT } from '../base/exit-status.js'
import { TargetError } from '../targets/target.js'
import { UsageError } from '../base/usage-error.js'

/** The exit status of what was thrown: somebody named something that cannot be used, or the harness failed. */
export const failureStatus = (error: unknown): typeof EXIT.usage | typeof EXIT.harness =>
  error instanceof UsageError || (error instanceof TargetError && error.kind === 'usage') ? EXIT.usage : EXIT.harness
