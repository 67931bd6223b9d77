import type { Arrivals } from './connections/arrivals.js'
import type { ServerConnections } from './connections/server-connections.js'
import type { Upgraded } from './connections/protocols/upgraded.js'
import { Deadline } from './deadline.js'
import type { Runtime } from './process/runtime.js'
import type { Hooks, ShutdownContext } from './hooks.js'
import type { Lifecycle } from './lifecycle.js'
import type { Logger } from './process/logger.js'
import type { Settings } from './options/settings.js'
import { propagated, type DelayEnd } from './propagation.js'
import type { OpenConnection } from './report.js'

/*
 *   SIGTERM      ready ──▶ lameDuck       /readyz 503, /livez 200; accepting and serving; responses say Connection: close
 *   delay        lameDuck ──▶ draining    listener closed; each answer is the last of its connection; idle ones linger
 *   none open    draining ──▶ closing     hooks, in order, each with its own limit
 *   hooks done   closing ──▶ terminated   exit 0, or 1 where a hook failed
 *   deadline     any ──▶ terminated       what is still open is reported, then destroyed; exit 1
 */

export interface ShutdownParts {
  readonly runtime: Runtime
  readonly settings: Settings
  readonly logger: Logger
  readonly lifecycle: Lifecycle
  readonly servers: readonly ServerConnections[]
  readonly arrivals: Arrivals
  readonly hooks: Hooks
  /** Whether a crash started it, or has come since. */
  readonly crashed: () => boolean
  /** Told of so many connections that are about to be cut. */
  readonly onForced: (count: number) => void
  readonly upgraded: Upgraded
}

export interface ShutdownResult {
  readonly delayEnd: DelayEnd | undefined
  readonly forced: readonly OpenConnection[]
}

/** What the end of the budget keeps free of lingering for closing what is left and for leaving, at the most, in ms. */
const LEAVING = 1_000
/** The last part of the delay, in which a new connection is a sign that the delay is too short. */
const LATE = 0.1

export async function shutDown(parts: ShutdownParts, context: ShutdownContext): Promise<ShutdownResult> {
  const { runtime, settings, logger, lifecycle, servers, upgraded, arrivals, hooks } = parts
  const deadline = new Deadline(runtime, settings.timeout)

  const forced: OpenConnection[] = []
  const force = async () => {
    const open = servers.flatMap((server) => server.describe())
    for (const connection of open) logger.error(connection, `graceful: still open at the end: ${inWords(connection)}`)
    forced.push(...open)
    parts.onForced(open.length)
    await Promise.all(servers.map(async (server) => server.destroy()))
    // What was cut hears of it, and may say so in its log, before the process ends.
    await new Promise<void>((resolve) => runtime.setImmediate(() => runtime.setImmediate(resolve)))
  }

  lifecycle.enter('lameDuck')
  for (const server of servers) server.enterLameDuck()
  const delayEnd = servers.some((server) => server.listening)
    ? await propagated(runtime, settings.shutdownDelay, arrivals.rates, deadline)
    : 'not-listening'
  logger.info({ delayEnd }, 'graceful: the propagation delay is over')
  warnOfLateArrival(parts, delayEnd)

  if (!deadline.passed) await Promise.all(servers.map(async (server) => server.closeListener(deadline.remaining)))
  if (!deadline.passed) {
    lifecycle.enter('draining')
    const drained = Promise.all(servers.map(async (server) => server.drain()))
    upgraded.drain(
      servers.flatMap((server) => server.upgraded()),
      deadline.remaining,
    )
    // Lingering is for those who might still speak: it may not cost the hooks their time.
    const leaving = Math.min(LEAVING, deadline.remaining / 10)
    const reserve = Math.min(hooks.worstCase, deadline.remaining / 2) + leaving
    const linger = runtime.setTimeout(() => {
      for (const part of [...servers, upgraded]) part.endLinger(leaving / 2)
      // The request that crashed will never be answered: the hooks need not wait for it.
      if (parts.crashed()) void force()
    }, deadline.remaining - reserve)
    const all = await deadline.allows(drained)
    runtime.clearTimeout(linger)

    if (all) {
      lifecycle.enter('closing')
      for (const server of servers) server.beginHooks()
      await hooks.run(context, deadline)
      deadline.cancel()
      lifecycle.enter('terminated')
      return { delayEnd, forced }
    }
  }

  await force()
  hooks.skip()
  lifecycle.enter('terminated')
  return { delayEnd, forced }
}

/** Who comes after the listener has closed cannot be seen. Who came just before can, and is seldom the last. */
function warnOfLateArrival({ runtime, lifecycle, arrivals, logger }: ShutdownParts, delayEnd: DelayEnd): void {
  if (delayEnd !== 'max' || arrivals.last === undefined) return
  const now = runtime.now()
  const delay = now - (lifecycle.enteredAt('lameDuck') ?? now)
  const silence = Math.round(now - arrivals.last)
  if (silence > delay * LATE) return
  logger.warn(
    { silence, delay: Math.round(delay), lastArrivalMs: arrivals.lastMs },
    `graceful: a new connection came ${silence} ms before the listener closes: others may come after it. Raise shutdownDelay`,
  )
}

const inWords = ({ phase, method, path, peer, ageMs }: OpenConnection): string =>
  method === undefined
    ? `a connection from ${peer} (${phase})`
    : `${method} ${path} from ${peer} (${phase}, seen for ${ageMs ?? 0} ms)`
