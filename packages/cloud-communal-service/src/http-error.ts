import { STATUS_CODES } from 'node:http'

/** A route throws this to respond with a 4xx status. Each reason is a sentence for the client. */
export class HttpError extends Error {
  readonly status: number
  readonly reasons: readonly string[]

  constructor(status: number, ...reasons: string[]) {
    super(STATUS_CODES[status] ?? 'Error')
    this.name = 'HttpError'
    this.status = status
    this.reasons = reasons
  }
}
