import { STATUS_CODES } from 'node:http'

/** Thrown by a route to answer with a status of 4xx and the reasons, each a sentence for the one who sent it. */
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
