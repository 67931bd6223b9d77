import type { RequestHandler, Response } from 'express'
import type { Logger } from '../logger.js'
import { requestId } from './identify.js'

/**
 * Logs one line when a request starts and one when it ends, so that the log shows what the server executed. A request
 * without the second line was cut by SIGKILL. `outcome` is `finished` if the whole response was handed to the operating
 * system, and `aborted` if the connection closed first. `status` is null if no header was sent. `bytes` counts the
 * body.
 */
export const requestLog = (logger: Logger): RequestHandler => {
  if (!logger.isLevelEnabled('info')) return (_request, _response, next) => next()

  return (request, response, next) => {
    const started = performance.now()
    const { method, originalUrl: path } = request
    const bytes = countBody(response)
    logger.info({ requestId: requestId(response), method, path }, 'request started')
    response.once('close', () => {
      logger.info(
        {
          requestId: requestId(response),
          method,
          path,
          status: response.headersSent ? response.statusCode : null,
          durationMs: Math.round((performance.now() - started) * 10) / 10,
          bytes: bytes(),
          outcome: response.writableFinished ? 'finished' : 'aborted',
        },
        'request',
      )
    })
    next()
  }
}

/** Counts the bytes of the body. The counter of the socket cannot tell pipelined requests apart. */
const countBody = (response: Response): (() => number) => {
  let bytes = 0
  const counted = <Method extends (...args: never[]) => unknown>(method: Method): Method =>
    new Proxy(method, {
      apply: (target, self, args: unknown[]): unknown => {
        bytes += size(args[0], args[1])
        return Reflect.apply(target, self, args)
      },
    })
  // oxlint-disable-next-line typescript/unbound-method -- the proxy passes `this` on
  response.write = counted(response.write)
  // oxlint-disable-next-line typescript/unbound-method -- as above
  response.end = counted(response.end)
  return () => bytes
}

const size = (chunk: unknown, encoding: unknown): number => {
  if (chunk instanceof Uint8Array) return chunk.byteLength
  if (typeof chunk !== 'string') return 0
  return Buffer.byteLength(chunk, typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8')
}
