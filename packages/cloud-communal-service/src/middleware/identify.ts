import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { RequestHandler } from 'express'

const SANE_ID = /^[\w.:-]{1,128}$/
/** Describes a valid request id in error messages. */
export const REQUEST_IDS = '1 to 128 of A-Z a-z 0-9 . _ : -'

/** The version and the pod, which every response names. */
export interface Identity {
  version: string
  pod: string
}

export const isRequestId = (value: unknown): value is string => typeof value === 'string' && SANE_ID.test(value)

/** Returns the request id of the client if it is valid, and otherwise a new UUID. */
export const idFor = (headers: IncomingHttpHeaders): string => {
  const own = headers['x-request-id']
  return isRequestId(own) ? own : randomUUID()
}

/** Returns the headers of every response. With `nosniff`, a browser uses the content type that the response names. */
export const commonHeaders = ({ version, pod }: Identity, id: string): Record<string, string> => ({
  'X-Service-Version': version,
  'X-Pod': pod,
  'X-Request-Id': id,
  'X-Content-Type-Options': 'nosniff',
})

/** Sets the {@link commonHeaders} of every response. */
export const identify =
  (identity: Identity): RequestHandler =>
  (request, response, next) => {
    for (const [name, value] of Object.entries(commonHeaders(identity, idFor(request.headers)))) {
      response.setHeader(name, value)
    }
    next()
  }

/** Returns the request id that {@link identify} has set. */
export const requestId = (response: { getHeader: (name: string) => unknown }): string =>
  String(response.getHeader('X-Request-Id'))
