import { randomUUID } from 'node:crypto'
import type { RequestHandler } from 'express'

const SANE_ID = /^[\w.:-]{1,128}$/
/** In words. */
export const REQUEST_IDS = '1 to 128 of A-Z a-z 0-9 . _ : -'

export const isRequestId = (value: unknown): value is string => typeof value === 'string' && SANE_ID.test(value)

/**
 * Puts on every response which version and pod gave it, and the id of its request: the client's own `X-Request-Id` when
 * it is 1 to 128 of `A-Z a-z 0-9 . _ : -`, or else a fresh UUID.
 */
export const identify =
  ({ version, pod }: { version: string; pod: string }): RequestHandler =>
  (request, response, next) => {
    const own = request.headers['x-request-id']
    response.setHeader('X-Service-Version', version)
    response.setHeader('X-Pod', pod)
    response.setHeader('X-Request-Id', isRequestId(own) ? own : randomUUID())
    next()
  }

/** The id that {@link identify} gave. */
export const requestId = (response: { getHeader: (name: string) => unknown }): string =>
  String(response.getHeader('X-Request-Id'))
