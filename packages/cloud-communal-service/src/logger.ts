import { pino, stdTimeFunctions } from 'pino'
import type { DestinationStream, Logger } from 'pino'
import type { Config } from './config.js'

export type { Logger } from 'pino'

/**
 * JSON lines on stdout, each with the pod and the version. Written synchronously: what a request's line says has left
 * the process before the next request is read, so even SIGKILL loses none that was logged.
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
