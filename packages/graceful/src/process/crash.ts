import type { Logger } from '../types.js'
import { errorStack } from './reporting/error-text.js'
import type { Runtime } from './runtime.js'

/** Crashes that are logged at most. A logger with a broken output can crash on every line, and would do so forever. */
const MAX_LOGGED = 100

/**
 * Starts a shutdown on an uncaught exception or an unhandled rejection, so that one faulty request does not drop all the others.
 *
 * @returns a function that removes the listeners
 */
export function listenForCrashes(runtime: Runtime, logger: Logger, onCrash: (reason: string) => void): () => void {
  let logged = 0
  const handle = (kind: string) => (error: unknown) => {
    if (logged++ < MAX_LOGGED) {
      logger.error({ error: errorStack(error) }, `graceful: ${kind}; shutting down`)
    }
    onCrash(kind)
  }
  const removers = [
    runtime.onCrash('uncaughtException', handle('an uncaught exception')),
    runtime.onCrash('unhandledRejection', handle('an unhandled rejection')),
  ]
  return () => {
    for (const remove of removers) remove()
  }
}
