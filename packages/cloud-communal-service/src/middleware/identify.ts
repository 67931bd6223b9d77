import { randomUUID } from 'node:crypto'
import type { RequestHandler } from 'express'

const SANE_ID = /^[\w.:-]{1,128}$/
/** Describes a valid request id in error messages. */
export const REQUEST_IDS = '1 to 128 of A-Z a-z 0-9 . _ : -'

export const isRequestId = (value: unknown): value is string => typeof value === 'string' && SANE_ID.test(value)

/**
 * Sets the version, the pod and the request id in the headers of every response. The request id is the client's
 * `X-Request-Id` if it is 1 to 128 characters of `A-Z a-z 0-9 . _ : -`, and otherwise a new UUID.
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

/** Returns the request id that {@link identify} has set. */
export const requestId = (response: { getHeader: (name: string) => unknown }): string =>
  String(response.getHeader('X-Request-Id'))
