import { HarnessError, UsageError } from '../../../base/errors.js'
import { ApiError, ApiUnreachable } from './api-error.js'
import type { Client } from './client.js'

/**
 * Turns an error of the API into one that a user can act on.
 *
 * @param kind `usage` before the run has begun, `harness` later.
 * @param doing the step that failed: `reading Deployment shop`.
 */
export function explainApi(
  error: unknown,
  client: Client,
  kind: 'usage' | 'harness',
  doing: string,
): UsageError | HarnessError {
  if (error instanceof UsageError || error instanceof HarnessError) return error
  const options = { cause: error }
  const Kind = kind === 'usage' ? UsageError : HarnessError
  const where = `the Kubernetes API at ${client.server} (context ${client.context})`
  if (error instanceof ApiUnreachable) {
    return new Kind(`${where} does not answer while ${doing}: ${error.message}`, options)
  }
  if (error instanceof ApiError && error.status === 401) {
    const way = 'they may have expired: log in again'
    return new Kind(`${where} does not accept the credentials of the kubeconfig while ${doing}; ${way}`, options)
  }
  if (error instanceof ApiError && error.status === 403) {
    return new Kind(`a right is missing for ${doing}: ${error.message}`, options)
  }
  const message = error instanceof Error ? error.message : String(error)
  return new Kind(`${where} refused ${doing}: ${message}`, options)
}
