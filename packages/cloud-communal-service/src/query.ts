import type { Request } from 'express'
import { HttpError } from './http-error.js'

interface Bounds {
  min: number
  max: number
  /** What holds when the parameter is not there. */
  fallback: number
}

/**
 * A whole number out of the query string.
 *
 * @throws {HttpError} 400 with the parameter's name, what was received and what is accepted.
 * @example wholeNumber(request, 'ms', { min: 0, max: 60_000, fallback: 0 })
 */
export const wholeNumber = (request: Request, name: string, { min, max, fallback }: Bounds): number => {
  const text: unknown = request.query[name]
  if (text === undefined) return fallback
  if (typeof text === 'string' && /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max) {
    return Number(text)
  }
  const received = JSON.stringify(text).slice(0, 100)
  throw new HttpError(400, `${name}: received ${received}; accepted: a whole number from ${min} to ${max}`)
}
