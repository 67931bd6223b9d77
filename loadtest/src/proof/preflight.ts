import { UsageError } from '../base/errors.js'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { openConnection, sendAttempts } from '../clients/sending/attempts.js'
import { createNotes } from '../clients/client.js'
import type { ClientClass, ClientContext, Limits } from '../clients/client.js'
import { now } from '../base/clock.js'
import { parseOrigin } from '../base/wire/http1/origin.js'
import type { Origin } from '../base/wire/http1/origin.js'
import { findAddress } from '../base/wire/http1/resolve.js'
import type { Addresses } from '../base/wire/http1/resolve.js'
import { classifyError } from '../base/wire/http1/socket-failure.js'
import { Ledger } from '../ledger/ledger.js'
import type { FailedAttempt } from '../ledger/ledger.js'
import type { Profile } from '../inputs/profile/profile.js'
import { planProbes } from '../inputs/requests/requests.js'
import type { PlannedRequest } from '../inputs/requests/planned-request.js'
import { createRandom } from '../base/random.js'

/** A new Service takes a moment to reach every node. What is not there after this long does not come. */
const PATIENCE = 10_000
const PAUSE = 250

export interface PreflightOptions {
  readonly urls: readonly string[]
  readonly profile: Profile
  /** Those that will make the load; what only others need is not asked for. */
  readonly clients: readonly ClientClass[]
  readonly limits: Limits
  readonly signal: AbortSignal
  readonly patienceMs?: number
}

/**
 * Asks every URL for each thing that the load will ask for, once, so that a wrong URL or a route that is not there is said
 * at once and not as thousands of drops.
 *
 * @returns the address at which each URL answered, for the load to keep to
 * @throws {UsageError} naming the URL, the request and what came of it.
 */
export async function preflight({
  urls,
  profile,
  clients,
  limits,
  signal,
  patienceMs = PATIENCE,
}: PreflightOptions): Promise<Addresses> {
  const end = now() + patienceMs
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  try {
    const options = { profile, clients, limits, signal: either, end }
    return new Map(await Promise.all(urls.map(async (url) => [url, await check(url, options)] as const)))
  } finally {
    // The first fault is told; nobody waits for the other URLs.
    stop.abort()
  }
}

interface Check extends Omit<PreflightOptions, 'urls' | 'patienceMs'> {
  readonly end: number
}

/** One after the other, so that the first fault is the one that is told. */
async function check(url: string, options: Check): Promise<string> {
  const { profile, clients, signal, end } = options
  const origin = parseOrigin(url, await addressOf(url, options))
  for (const { probe, explanation } of probesOf(profile, clients)) {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const failure = await ask(origin, options, probe)
      if (signal.aborted) return origin.address
      if (!failure) break
      if (now() > end || !mayPass(failure)) throw explain(url, failure, profile, explanation)
      // oxlint-disable-next-line no-await-in-loop -- the pause is the purpose
      await sleep(PAUSE)
    }
  }
  return origin.address
}

async function addressOf(url: string, { limits, signal, end }: Check): Promise<string | undefined> {
  const origin = parseOrigin(url)
  while (!signal.aborted) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      return await findAddress(origin, limits.connectMs, signal)
    } catch (error) {
      const { detail, code } = classifyError(error as NodeJS.ErrnoException, false, 'before-head')
      if (!signal.aborted && (now() > end || code === 'ENOTFOUND')) throw unusable(url, detail)
    }
    // oxlint-disable-next-line no-await-in-loop -- the pause is the purpose
    await sleep(PAUSE)
  }
  return undefined
}

interface Probe {
  readonly probe: (context: ClientContext) => void
  /** For a failure that says too little by itself. */
  readonly explanation?: string
}

function probesOf(profile: Profile, clients: readonly ClientClass[]): Probe[] {
  const chosen = clients.filter((client) => client.supports(profile))
  const own = chosen.flatMap(({ probe, habit }) => [...(probe ? [{ probe }] : []), ...(habit ? [habit] : [])])
  // A service that speaks HTTP/2 alone, say, is not asked in HTTP/1.1 by a load that is not going to be.
  const planned = clients.some(({ probe }) => !probe) ? planProbes(profile, createRandom(0)) : []
  return [...planned.map(askFor), ...own]
}

const askFor = (plan: () => PlannedRequest): Probe => ({
  probe: (context) => {
    const connection = openConnection(context, { idle: (answered) => answered.end() })
    sendAttempts(context, connection, [plan()], { scheduledAt: now(), close: true })
  },
})

async function ask(
  origin: Origin,
  { profile, limits, signal }: Check,
  probe: Probe['probe'],
): Promise<FailedAttempt | undefined> {
  // Never the same id twice: a service may refuse to make a thing of that name again.
  const ledger = new Ledger(`zd-preflight-${randomUUID().slice(0, 8)}`)
  probe({
    client: 'preflight',
    origin,
    rate: 0,
    random: createRandom(0),
    profile,
    ledger,
    limits,
    notes: createNotes(),
  })
  while (ledger.totals.inFlight > 0) {
    // oxlint-disable-next-line no-await-in-loop -- waits in turns
    await sleep(10)
    if (signal.aborted) ledger.giveUpAll()
    else ledger.giveUpOverdue()
  }
  // Who says `Connection: close` to the first of several requests owes the others nothing.
  return ledger.summary().failures.find(({ outcome }) => outcome !== 'not-processed')
}

/** What time can mend, as against what is wrong. */
const mayPass = ({ ending: { outcome, code } }: FailedAttempt): boolean =>
  outcome !== '4xx' && outcome !== 'wrong-body' && code !== 'ENOTFOUND'

function explain(url: string, { attempt, ending }: FailedAttempt, profile: Profile, explanation?: string): UsageError {
  const { outcome, detail = outcome } = ending
  if (explanation !== undefined) return new UsageError(`${url}: ${detail}: ${explanation}.`)
  if (outcome === '4xx' || outcome === '5xx' || outcome === 'wrong-body') {
    return new UsageError(
      `${attempt?.method} ${attempt?.path} at ${url}: ${detail.slice(0, 160)}. The load needs the routes of ${profile.name}; ` +
        'point it at that service, or describe this one with --profile.',
    )
  }
  return unusable(url, detail)
}

const unusable = (url: string, detail: string): UsageError =>
  new UsageError(`Nothing usable answers at ${url}: ${detail}. Give the service's address with --url.`)
