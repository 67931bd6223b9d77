import type { Request } from 'express'
import { HttpError } from './http-error.js'

interface Bounds {
  min: number
  max: number
  /** The value if the parameter is missing. */
  fallback: number
}

/**
 * Reads a whole number from the query string.
 *
 * @throws {HttpError} 400 with the name, the value and the accepted values of the parameter.
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
