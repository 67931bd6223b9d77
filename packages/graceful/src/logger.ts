/** What the library logs to: pino, or anything of its shape. */
export interface Logger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

const write = (level: string) => (fields: object, message: string) => {
  process.stderr.write(`${JSON.stringify({ level, time: Date.now(), ...fields, msg: message })}\n`)
}

/** One JSON object a line on stderr. */
export const stderrLogger: Logger = { info: write('info'), warn: write('warn'), error: write('error') }

export const silentLogger: Logger = { info() {}, warn() {}, error() {} }
