import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Lifecycle } from '../lifecycle.js'
import { errorMessage } from '../process/error-text.js'
import type { Checks } from './readiness-checks.js'

export type ProbePath = '/livez' | '/readyz' | '/startupz'

/** Each thing that a probe looked at: `undefined` where it is well, else why not. */
export type ProbeResult = Readonly<Record<string, string | undefined>>

export type Probe = () => Promise<ProbeResult>

/** What the probes answer, wherever they are asked. */
export function probesOf(
  lifecycle: Lifecycle,
  checks: Checks,
  notReadyReason: () => string | undefined,
): Readonly<Record<ProbePath, Probe>> {
  return {
    '/livez': async () => ({}),
    '/startupz': async () => ({
      startup: lifecycle.state === 'starting' ? (notReadyReason() ?? 'not listening yet') : undefined,
    }),
    '/readyz': async () => {
      const state = lifecycle.state === 'ready' ? undefined : lifecycle.state
      const gate = { state, notReady: notReadyReason() }
      // While it leaves the service is not asked: its checks could only keep what is being closed busy.
      if (state !== undefined) return gate
      const results = await checks.run()
      return { ...gate, ...Object.fromEntries(results.map(({ name, failure }) => [name, failure])) }
    },
  }
}

export const isFailing = (result: ProbeResult): boolean =>
  Object.values(result).some((failure) => failure !== undefined)

/** The path alone, as a probe may also write it: with a query, with a slash at the end. */
export function probePath(url: string | undefined): string {
  const path = (url ?? '/').split('?', 1)[0]!
  let end = path.length
  // Not by a regular expression: each slash of a path that has thousands would be tried as the first of the last ones.
  while (end > 1 && path[end - 1] === '/') end -= 1
  return path.slice(0, end)
}

/** One line for each thing looked at, as the Kubernetes API server answers `?verbose`. */
function inWords(path: string, result: ProbeResult): string {
  const lines = Object.entries(result).map(([name, failure]) =>
    failure === undefined ? `[+]${name} ok` : `[-]${name}: ${failure}`,
  )
  return [...lines, `${path.slice(1)} check ${isFailing(result) ? 'failed' : 'passed'}`, ''].join('\n')
}

/** Answers a probe in words. */
export function answerVerbose(response: ServerResponse, path: string, result: ProbeResult): void {
  response.writeHead(isFailing(result) ? 503 : 200, { 'Content-Type': 'text/plain; charset=utf-8' })
  response.end(inWords(path, result))
}

/** A probe that could not be answered fails, unless somebody else has answered it by now; as a rejection it would be a crash. */
export function answerFault(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return
  response.writeHead(500, { 'Content-Type': 'text/plain; charset=utf-8' })
  response.end(`the probe could not be answered: ${errorMessage(error)}\n`)
}

/** A handler of the probes for the application's own port; see {@link Graceful.probes}. */
export type ProbeHandler = (request: IncomingMessage, response: ServerResponse, next?: () => void) => boolean

export function probeHandler(probes: Readonly<Record<ProbePath, Probe>>): ProbeHandler {
  return (request, response, next) => {
    const path = probePath(request.url)
    const probe = Object.hasOwn(probes, path) ? probes[path as ProbePath] : undefined
    if (probe === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) {
      next?.()
      return false
    }
    probe()
      .then((result) => answerVerbose(response, path, result))
      .catch((error: unknown) => answerFault(response, error))
    return true
  }
}
