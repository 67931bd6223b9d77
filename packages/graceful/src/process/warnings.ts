import { readFileSync } from 'node:fs'
import type { Server } from 'node:net'
import { toldIdleTime } from '../connections/node/internals.js'
import type { Settings } from '../options/settings.js'

/** Set from the Deployment, it lets the library compare its budget with the pod's: see {@link warningsOf}. */
const GRACE_PERIOD = 'TERMINATION_GRACE_PERIOD_SECONDS'
/** Programs that, as PID 1, keep SIGTERM to themselves. */
const SWALLOWS_SIGNALS = /^(npm|npx|yarn|pnpm|sh|bash|dash|ash|zsh)\b/

export interface Surroundings {
  readonly pid: number
  readonly ppid: number
  readonly environment: NodeJS.ProcessEnv
  /** What PID 1 is called; undefined where that cannot be told. */
  readonly firstProcess: string | undefined
}

export function surroundings(): Surroundings {
  return { pid: process.pid, ppid: process.ppid, environment: process.env, firstProcess: firstProcess() }
}

/** What is set up so that a shutdown cannot go well, each in a sentence that says what to do. Said once, at the start. */
export function warningsOf(settings: Settings, servers: readonly Server[], around: Surroundings): string[] {
  const warnings: string[] = []
  if (around.pid !== 1 && around.ppid === 1 && SWALLOWS_SIGNALS.test(around.firstProcess ?? '')) {
    warnings.push(
      `PID 1 is '${around.firstProcess}', which does not pass SIGTERM on: this process will be killed without a shutdown. ` +
        `Start node itself, in exec form: CMD ["node", "main.js"]`,
    )
  }
  // Not set, and set to nothing, is no number.
  const gracePeriod = Number(around.environment[GRACE_PERIOD] || Number.NaN)
  if (gracePeriod * 1_000 <= settings.timeout) {
    warnings.push(
      `the timeout of ${settings.timeout} ms does not end before the pod's grace period of ${gracePeriod} s: SIGKILL comes ` +
        `first. Raise terminationGracePeriodSeconds above ${Math.ceil(settings.timeout / 1_000)}, or lower the timeout`,
    )
  }
  const drain = settings.timeout - settings.shutdownDelay.max
  for (const server of servers) {
    const idle = toldIdleTime(server)
    if (idle > drain) {
      warnings.push(
        `keepAliveTimeout is ${idle} ms, and the drain has ${drain} ms (timeout less shutdownDelay): connections that are idle all ` +
          `that time are closed before the time that their clients were told. Raise timeout, or lower keepAliveTimeout`,
      )
    }
  }
  return warnings
}

function firstProcess(): string | undefined {
  try {
    return readFileSync('/proc/1/comm', 'utf8').trim()
  } catch {
    return undefined
  }
}
