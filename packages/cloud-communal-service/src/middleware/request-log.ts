import type { RequestHandler, Response } from 'express'
import type { Logger } from '../logger.js'
import { requestId } from './identify.js'

/**
 * One line for each request when it starts, so that what a SIGKILL cuts off is known too, and one when it is over, however
 * it ended: what the server executed can be compared with what clients saw. `outcome` is `finished` when the whole response was handed to the system, `aborted` when the
 * connection ended first; `status` is null when no header was sent; `bytes` are those of the body.
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

/** The socket's own counter would do for one request at a time, but not for pipelined ones. */
const countBody = (response: Response): (() => number) => {
  let bytes = 0
  const counted = <Method extends (...args: never[]) => unknown>(method: Method): Method =>
    new Proxy(method, {
      apply: (target, self, args: unknown[]): unknown => {
        bytes += size(args[0], args[1])
        return Reflect.apply(target, self, args)
      },
    })
  // oxlint-disable-next-line typescript/unbound-method -- the proxy hands `this` on
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
