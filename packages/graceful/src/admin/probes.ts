import type { ServerResponse } from 'node:http'
import type { Lifecycle } from '../lifecycle.js'
import { errorMessage } from '../process/reporting/error-text.js'
import type { ProbeHandler } from '../types.js'
import type { BuiltInCondition, ReadinessChecks } from './readiness-checks.js'
import type { ReadinessGate } from './readiness-gate.js'

export type ProbePath = '/livez' | '/readyz' | '/startupz'

/** Result of each condition of a probe: `undefined` if it holds, otherwise the reason for the failure. */
export type ProbeResult = Readonly<Record<string, string | undefined>>

type BuiltIn = Partial<Record<BuiltInCondition, string | undefined>>

export type Probe = () => Promise<ProbeResult>

/** Creates the three probes, for the admin listener and for the application's own port. */
export function createProbes(
  lifecycle: Lifecycle,
  checks: ReadinessChecks,
  gate: () => Pick<ReadinessGate, 'reason' | 'update'>,
): Readonly<Record<ProbePath, Probe>> {
  return {
    '/livez': async () => ({}),
    '/startupz': async (): Promise<ProbeResult & BuiltIn> => {
      gate().update()
      return { startup: lifecycle.state === 'starting' ? (gate().reason ?? 'not listening yet') : undefined }
    },
    '/readyz': async () => {
      gate().update()
      const state = lifecycle.state === 'ready' ? undefined : lifecycle.state
      const conditions: BuiltIn = { state, notReady: gate().reason }
      // The checks do not run during a shutdown: they would use the resources that the hooks close.
      if (state !== undefined) return conditions
      const results = await checks.run()
      return { ...conditions, ...Object.fromEntries(results.map(({ name, failure }) => [name, failure])) }
    },
  }
}

/** Returns the path of a probe's URL without its query and without slashes at its end. */
export function probePath(url: string | undefined): string {
  const path = (url ?? '/').split('?', 1)[0]!
  let end = path.length
  // A regular expression would take quadratic time for a path with thousands of slashes.
  while (end > 1 && path[end - 1] === '/') end -= 1
  return path.slice(0, end)
}

/** Returns the conditions that do not hold, each with its reason; undefined if all hold. */
export function failuresOf(result: ProbeResult): Record<string, string> | undefined {
  const failures = Object.entries(result).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return failures.length === 0 ? undefined : Object.fromEntries(failures)
}

/** Answers a probe as terminus does on the admin listener. */
function answerProbe(response: ServerResponse, result: ProbeResult): void {
  const failures = failuresOf(result)
  response.writeHead(failures === undefined ? 200 : 503, { 'Content-Type': 'application/json' })
  response.end(
    JSON.stringify(failures === undefined ? { status: 'ok' } : { status: 'error', error: failures, details: failures }),
  )
}

/** Answers 500 for an error in a probe, unless the application has answered already. An unhandled rejection would be a crash. */
function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return
  response.writeHead(500, { 'Content-Type': 'text/plain; charset=utf-8' })
  response.end(`cannot answer the probe: ${errorMessage(error)}\n`)
}

/** Creates the handler for the application's own port; see {@link Graceful.probes}. */
export function createProbeHandler(probes: Readonly<Record<ProbePath, Probe>>): ProbeHandler {
  return (request, response, next) => {
    const path = probePath(request.url)
    const probe = Object.hasOwn(probes, path) ? probes[path as ProbePath] : undefined
    if (probe === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) {
      next?.()
      return false
    }
    probe()
      .then((result) => answerProbe(response, result))
      .catch((error: unknown) => answerError(response, error))
    return true
  }
}
