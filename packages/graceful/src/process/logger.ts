import type { Logger } from '../types.js'

let pendingWrites = 0
const ignore = (): void => {}

/** Writes to stderr without a crash: a stderr whose reader has gone emits `error`, which would end the process. */
function writeLine(line: string): void {
  if (pendingWrites++ === 0) process.stderr.on('error', ignore)
  const written = () => {
    if (--pendingWrites === 0) process.stderr.off('error', ignore)
  }
  process.stderr.write(line, () => void setImmediate(written))
}

const write = (level: string) => (fields: object, message: string) => {
  writeLine(`${JSON.stringify({ level, time: Date.now(), ...fields, msg: message })}\n`)
}

/** Writes one JSON object per line to stderr. */
export const stderrLogger: Logger = { info: write('info'), warn: write('warn'), error: write('error') }

/** Writes nothing. */
export const silentLogger: Logger = { info() {}, warn() {}, error() {} }

/** Returns a logger that never throws, so that a broken logger cannot change the shutdown. */
export function nonThrowing(logger: Logger): Logger {
  const guarded = (level: keyof Logger) => (fields: object, message: string) => {
    try {
      logger[level](fields, message)
    } catch {
      // No channel is left to report a broken logger.
    }
  }
  return { info: guarded('info'), warn: guarded('warn'), error: guarded('error') }
}
