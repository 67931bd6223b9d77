import type { RequestHandler } from 'express'
import { HttpError } from '../http-error.js'

/** Returns the last handler of a route. It answers OPTIONS with 204 and other methods with 405, both with `Allow`. */
export const allowOnly = (...methods: string[]): RequestHandler => {
  const allowed = [...methods, 'OPTIONS'].join(', ')
  return (request, response) => {
    response.setHeader('Allow', allowed)
    if (request.method !== 'OPTIONS') {
      throw new HttpError(405, `${request.method} is not served at ${request.path}; accepted: ${allowed}`)
    }
    response.status(204).end()
  }
}
