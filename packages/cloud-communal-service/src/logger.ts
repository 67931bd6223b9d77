import { pino, stdTimeFunctions } from 'pino'
import type { DestinationStream, Logger } from 'pino'
import type { Config } from './config.js'

export type { Logger } from 'pino'

/**
 * Creates a logger that writes JSON lines with the pod and the version to stdout. Writes are synchronous: a line has
 * left the process before the next request is read, so not even SIGKILL loses it.
 */
export const createLogger = (
  config: Pick<Config, 'logLevel' | 'pod' | 'version'>,
  destination?: DestinationStream,
): Logger => {
  const options = {
    level: config.logLevel,
    base: { pod: config.pod, version: config.version },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
  }
  return destination ? pino(options, destination) : pino(options)
}
