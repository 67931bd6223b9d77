import type { RequestHandler } from 'express'
import { HttpError } from '../http-error.js'

/** The last handler of a route: OPTIONS is answered, any other method gets 405; both say in `Allow` what there is. */
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
