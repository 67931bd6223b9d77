import type { ServerConnections } from './connections/server-connections.js'
import type { Upgraded } from './connections/upgraded.js'
import { Deadline } from './deadline.js'
import type { Environment } from './environment.js'
import type { HookResult, Hooks, ShutdownContext } from './hooks.js'
import type { Lifecycle } from './lifecycle.js'
import type { Logger } from './logger.js'
import type { Settings } from './options.js'
import { propagated, type ArrivalRates, type DelayEnd } from './propagation.js'
import type { OpenConnection } from './report.js'

/*
 *   SIGTERM      ready ──▶ lameDuck       /readyz 503, /livez 200; accepting and serving; responses say Connection: close
 *   delay        lameDuck ──▶ draining    listener closed; each answer is the last of its connection; idle ones linger
 *   none open    draining ──▶ closing     hooks, in order, each with its own limit
 *   hooks done   closing ──▶ terminated   exit 0, or 1 where a hook failed
 *   deadline     any ──▶ terminated       what is still open is reported, then destroyed; exit 1
 */

export interface ShutdownParts {
  readonly environment: Environment
  readonly settings: Settings
  readonly logger: Logger
  readonly lifecycle: Lifecycle
  readonly servers: readonly ServerConnections[]
  readonly rates: ArrivalRates
  readonly hooks: Hooks
  readonly upgraded: Upgraded
}

export interface ShutdownResult {
  readonly delayEnd: DelayEnd | undefined
  readonly forced: readonly OpenConnection[]
  readonly hooks: readonly HookResult[]
}

/** What the end of the budget keeps free of lingering for closing what is left and for leaving, at the most, in ms. */
const LEAVING = 1_000

export async function shutDown(parts: ShutdownParts, context: ShutdownContext): Promise<ShutdownResult> {
  const { environment, settings, logger, lifecycle, servers, upgraded, hooks } = parts
  const deadline = new Deadline(environment, settings.timeout)

  lifecycle.enter('lameDuck')
  for (const server of servers) server.enterLameDuck()
  const delayEnd = servers.some((server) => server.listening)
    ? await propagated(environment, settings.shutdownDelay, parts.rates, deadline)
    : 'not-listening'
  logger.info({ delayEnd }, 'graceful: the propagation delay is over')

  if (!deadline.passed) {
    lifecycle.enter('draining')
    await Promise.all(servers.map(async (server) => server.closeListener()))
    const drained = Promise.all(servers.map(async (server) => server.drain()))
    upgraded.drain(
      servers.flatMap((server) => server.upgraded()),
      deadline.remaining,
    )
    // Lingering is for those who might still speak: it may not cost the hooks their time.
    const reserve = Math.min(hooks.worstCase, deadline.remaining / 2) + Math.min(LEAVING, deadline.remaining / 10)
    const linger = environment.setTimeout(() => {
      for (const part of [...servers, upgraded]) part.endLinger()
    }, deadline.remaining - reserve)
    const all = await deadline.allows(drained)
    environment.clearTimeout(linger)

    if (all) {
      lifecycle.enter('closing')
      const results = await hooks.run(context, deadline)
      deadline.cancel()
      lifecycle.enter('terminated')
      return { delayEnd, forced: [], hooks: results }
    }
  }

  const forced = servers.flatMap((server) => server.describe())
  for (const connection of forced)
    logger.error(connection, `graceful: still open at the deadline: ${inWords(connection)}`)
  await Promise.all(servers.map(async (server) => server.destroy()))
  lifecycle.enter('terminated')
  return { delayEnd, forced, hooks: hooks.skip() }
}

const inWords = ({ phase, method, path, peer, ageMs }: OpenConnection): string =>
  method === undefined
    ? `a connection from ${peer} (${phase})`
    : `${method} ${path} from ${peer} (${phase}, seen for ${ageMs ?? 0} ms)`
