/**
 * What the library logs to: pino, or anything of its shape. What it throws changes nothing about the shutdown.
 *
 * @example pino({ name: 'graceful' })
 */
export interface Logger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

let writing = 0
const ignore = (): void => {}

/** A stderr that nobody reads any more is an `error` event, and would be a crash: it must not bring a shutdown down. */
function writeLine(line: string): void {
  if (writing++ === 0) process.stderr.on('error', ignore)
  const written = () => {
    if (--writing === 0) process.stderr.off('error', ignore)
  }
  process.stderr.write(line, () => void setImmediate(written))
}

const write = (level: string) => (fields: object, message: string) => {
  writeLine(`${JSON.stringify({ level, time: Date.now(), ...fields, msg: message })}\n`)
}

/** One JSON object a line on stderr. */
export const stderrLogger: Logger = { info: write('info'), warn: write('warn'), error: write('error') }

export const silentLogger: Logger = { info() {}, warn() {}, error() {} }

/** The same logger, whose failures change nothing: how a service is drained may not depend on who writes of it. */
export function unfailing(logger: Logger): Logger {
  const guarded = (level: keyof Logger) => (fields: object, message: string) => {
    try {
      logger[level](fields, message)
    } catch {
      // There is nowhere left to say it.
    }
  }
  return { info: guarded('info'), warn: guarded('warn'), error: guarded('error') }
}
