import type { Logger } from '../../types.js'
import { errorMessage } from './error-text.js'
import { guard } from '../guard.js'
import { writeOutput } from './output.js'

const write = (level: string) => (fields: object, message: string) => {
  writeOutput(process.stderr, `${JSON.stringify({ level, time: Date.now(), ...fields, msg: message })}\n`)
}

/** Writes one JSON object per line to stderr. */
export const stderrLogger: Logger = { info: write('info'), warn: write('warn'), error: write('error') }

/** Writes nothing. */
export const silentLogger: Logger = { info() {}, warn() {}, error() {} }

/**
 * Returns a logger that neither throws nor rejects, so that a broken logger cannot change the shutdown. The first failure is logged
 * on stderr.
 */
export function nonThrowing(logger: Logger): Logger {
  let failed = false
  const onFailure = (error: unknown): void => {
    if (failed) return
    failed = true
    stderrLogger.error(
      { error: errorMessage(error) },
      'graceful: the logger failed; lines of the library can be missing, and further failures are not reported',
    )
  }
  const guarded = (level: keyof Logger) => (fields: object, message: string) => {
    guard(() => logger[level](fields, message), onFailure)
  }
  return { info: guarded('info'), warn: guarded('warn'), error: guarded('error') }
}
