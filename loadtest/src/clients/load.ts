import { setTimeout as sleep } from 'node:timers/promises'
import { createNotes } from './client.js'
import type { ClientClass, ConnectionNotes, Limits, RunningClient } from './client.js'
import type { Access } from '../base/wire/access.js'
import { parseOrigin } from '../base/wire/http1/origin.js'
import type { Addresses } from '../base/wire/http1/resolve.js'
import type { Ledger } from '../ledger/ledger.js'
import type { Profile } from '../inputs/profile/profile.js'
import { createRandom } from '../base/random.js'

export interface LoadOptions {
  readonly urls: readonly string[]
  /** Default: no headers, and the defaults of TLS. */
  readonly access?: Access
  /** The addresses of the URLs' hosts. Default: each connection resolves the name. */
  readonly addresses?: Addresses
  readonly clients: readonly ClientClass[]
  readonly profile: Profile
  /** Requests per second over all classes and URLs. */
  readonly rate: number
  readonly seed: number
  readonly limits: Limits
  readonly ledger: Ledger
  /** Takes the ids that the POSTs create. Default: a set of this load. */
  readonly created?: Set<string>
}

export interface Load {
  readonly notes: ConnectionNotes
  /** Starts no more requests. */
  stop(): void
  /** Waits at most `ms` for the answers that are due. Requests that are still open then end as unfinished. */
  drain(ms: number): Promise<void>
  /** Ends the requests in flight as unfinished. */
  giveUp(): void
}

const SWEEP_INTERVAL = 100

/** Starts every client class on every URL. The rate is divided by the weights of the classes, and evenly over the URLs. */
export function startLoad(options: LoadOptions): Load {
  const { urls, profile, rate, seed, limits, ledger } = options
  const clients = options.clients.filter((client) => client.supports(profile))
  const weights = clients.reduce((total, client) => total + client.weight, 0)
  const notes = createNotes()
  const { created = new Set<string>() } = options
  const running: RunningClient[] = urls.flatMap((url, index) => {
    const origin = parseOrigin(url, { address: options.addresses?.get(url), access: options.access })
    return clients.map((client) =>
      client.start({
        client: client.name,
        origin,
        rate: (rate * client.weight) / weights / urls.length,
        // By index, not by address, so that a twin at another port gets the same schedule.
        random: createRandom(seed, client.name, String(index)),
        profile,
        ledger,
        limits,
        notes,
        created,
      }),
    )
  })
  // After a stall of this process, timers run before socket events. Let the socket events run first.
  const sweeper = setInterval(() => setImmediate(() => ledger.giveUpOverdue()), SWEEP_INTERVAL)

  return {
    notes,
    giveUp: () => ledger.giveUpAll(),
    stop: () => {
      for (const client of running) client.stop()
    },
    drain: async (ms) => {
      const end = performance.now() + ms
      // oxlint-disable-next-line no-await-in-loop -- waits in turns
      while (ledger.totals.inFlight > 0 && performance.now() < end) await sleep(20)
      clearInterval(sweeper)
      ledger.giveUpAll()
      for (const client of running) client.close()
      // A second response to the last requests may still arrive on closing connections.
      await sleep(LAST_LOOK)
    },
  }
}

const LAST_LOOK = 200
