import { STATUS_CODES } from 'node:http'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import { HttpError } from '../http-error.js'
import type { Logger } from '../logger.js'
import { StoreError } from '../notices/store.js'
import { requestId } from './identify.js'

/** Answers requests that match no route with 404. */
export const notFound: RequestHandler = (request) => {
  throw new HttpError(404, `Nothing is served at ${request.path}`)
}

/** Answers every error with JSON: `{ error, reasons, requestId }`. Only the log has the cause of an internal error. */
export const errors =
  (logger: Logger): ErrorRequestHandler =>
  (error: unknown, request, response, _next) => {
    const { status, reasons } = asHttpError(error)
    const id = requestId(response)
    // The client has left, so no response is possible. The log line of the request says `aborted`.
    if (request.readableAborted || response.destroyed) return
    if (status >= 500) logger.error({ err: error, requestId: id }, 'request failed')
    if (response.headersSent) {
      // Part of the response is sent. Only a closed connection can tell the client that it is incomplete.
      response.destroy()
      return
    }
    response.status(status).json({ error: STATUS_CODES[status], reasons, requestId: id })
  }

/** Tells the client whether its notice may have been stored. */
const STORE_REASONS = {
  no: 'The notice board cannot be reached; nothing was stored',
  unknown:
    'The notice board did not answer, so it is not known whether the notice was stored; ask GET /notices?requestId= with this request id before you send it again',
}

const asHttpError = (error: unknown): { status: number; reasons: readonly string[] } => {
  if (error instanceof HttpError) return error
  if (error instanceof StoreError) return { status: 503, reasons: [STORE_REASONS[error.stored]] }
  if (error instanceof Error && 'status' in error && typeof error.status === 'number') {
    const { status } = error
    if (status >= 400 && status < 500) return { status, reasons: [reasonOf(error)] }
  }
  return { status: 500, reasons: ['The service failed; its log has the cause under this request id'] }
}

/**
 * Express and its body parser set a `type` on their errors. Other errors have a useful message. The message of a JSON
 * error repeats a part of the body.
 */
const reasonOf = (error: Error): string => {
  const type = 'type' in error ? error.type : undefined
  if (type === 'entity.parse.failed') return 'body: not valid JSON'
  if (type === 'entity.too.large' && 'limit' in error) return `body: more than ${String(error.limit)} bytes`
  return error.message
}
