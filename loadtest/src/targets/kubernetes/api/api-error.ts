/** The API answered with an error. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  /** `NotFound`, `Forbidden`, … */
  readonly reason: string

  constructor(status: number, reason: string, message: string) {
    super(message)
    this.status = status
    this.reason = reason
  }
}

/** The API did not answer: no connection was made, or it broke. */
export class ApiUnreachable extends Error {
  override readonly name = 'ApiUnreachable'
}

/** Returns whether an error may pass, so that the call is worth another try. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ApiError) return error.status === 429 || error.status >= 500
  return error instanceof ApiUnreachable
}

/** Makes the error of a response that is not a success. */
export function asApiError(status: number, body: string): ApiError {
  const answer = parse(body)
  const { reason = '', message = '' } = (typeof answer === 'object' && answer !== null ? answer : {}) as {
    reason?: string
    message?: string
  }
  return new ApiError(status, reason, message || body.trim().split('\n')[0] || `status ${status}`)
}

/** Reads a body as JSON, or as text if it is none. */
export function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

/** Describes a network error with its code. */
export function describe(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return code !== undefined && !message.includes(code) ? `${code} ${message}` : message
}
