import type { Runtime } from './runtime.js'
import type { Logger } from './logger.js'
import { errorStack } from './error-text.js'

/** The longest that a shutdown after a crash may take, in ms: the state of the process is unknown, so it should go soon. */
export const CRASH_BUDGET = 5_000

/** A logger whose output is gone may crash of each line, and would for ever of the line about that. */
const MOST_LOGGED = 100

/**
 * Has an exception that nobody caught, and a rejection that nobody handled, end in the same shutdown as a signal, with a short
 * budget and the exit code 1: one broken request should not cost all the others that are under way.
 *
 * @returns what removes the listeners again
 */
export function listenForCrashes(runtime: Runtime, logger: Logger, onCrash: (reason: string) => void): () => void {
  let logged = 0
  const crashed = (kind: string) => (error: unknown) => {
    if (logged++ < MOST_LOGGED) {
      logger.error({ error: errorStack(error) }, `graceful: ${kind}; shutting down`)
    }
    onCrash(kind)
  }
  const removers = [
    runtime.onCrash('uncaughtException', crashed('an uncaught exception')),
    runtime.onCrash('unhandledRejection', crashed('an unhandled rejection')),
  ]
  return () => {
    for (const remove of removers) remove()
  }
}
