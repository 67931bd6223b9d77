import type { Attempt, Ending } from '../../base/attempt.js'
import type { Answer } from '../../base/wire/http1/exchange.js'
import type { Profile } from '../../inputs/profile/profile.js'
import type { PlannedRequest } from '../../inputs/requests/planned-request.js'

/** Checks whether a complete response is the response to this attempt: its status, its id, its body. */
export function checkAnswer(profile: Profile, request: PlannedRequest, { id }: Attempt, answer: Answer): Ending {
  const { status, headers } = answer.head
  const ending = { status, ...whoAnswered(profile, headers) }
  if (status !== request.status) {
    const detail = `status ${status} instead of ${request.status}: ${answer.body.subarray(0, 200).toString('utf8')}`
    // After `maxRequestsPerSocket`, Node answers 503 without running a handler.
    if (answer.behindClose === true) {
      return { ...ending, outcome: 'not-processed', detail: `after a response with Connection: close, ${detail}` }
    }
    return { ...ending, outcome: status >= 500 ? '5xx' : '4xx', detail }
  }
  const echoed = profile.requestId.echoed ? headers.get(profile.requestId.header.toLowerCase()) : id
  if (echoed !== id) {
    const detail = `response to another request: ${profile.requestId.header} is ${JSON.stringify(echoed ?? null)}`
    return { ...ending, outcome: 'wrong-body', detail }
  }
  const problem = request.verify(answer, id)
  return problem === undefined
    ? { ...ending, outcome: 'answered', askedMs: request.askedMs() }
    : { ...ending, outcome: 'wrong-body', detail: problem }
}

/** Returns the pod and the version that a response names. */
export function whoAnswered(
  { podHeader, versionHeader }: Profile,
  headers: ReadonlyMap<string, string>,
): Pick<Ending, 'pod' | 'version'> {
  const pod = podHeader === undefined ? undefined : headers.get(podHeader)
  const version = versionHeader === undefined ? undefined : headers.get(versionHeader)
  return { ...(pod === undefined ? {} : { pod }), ...(version === undefined ? {} : { version }) }
}
