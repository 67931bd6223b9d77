import { UsageError } from '../base/errors.js'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { openConnection, sendAttempts } from '../clients/sending/attempts.js'
import { createNotes } from '../clients/client.js'
import type { ClientClass, ClientContext, Limits } from '../clients/client.js'
import { now } from '../base/clock.js'
import { PLAIN } from '../base/wire/access.js'
import type { Access } from '../base/wire/access.js'
import { parseOrigin } from '../base/wire/http1/origin.js'
import type { Origin } from '../base/wire/http1/origin.js'
import { findAddress } from '../base/wire/http1/resolve.js'
import type { Addresses } from '../base/wire/http1/resolve.js'
import { explainTls } from '../base/wire/tls-problem.js'
import { classifyError } from '../base/wire/http1/socket-failure.js'
import { Ledger } from '../ledger/ledger.js'
import type { FailedAttempt } from '../ledger/ledger.js'
import type { Profile } from '../inputs/profile/profile.js'
import { planProbes } from '../inputs/requests/requests.js'
import type { PlannedRequest } from '../inputs/requests/planned-request.js'
import { createRandom } from '../base/random.js'

/** A new Service takes a moment to reach every node. After this long, in ms, preflight fails. */
const PATIENCE = 10_000
const PAUSE = 250

export interface PreflightOptions {
  readonly urls: readonly string[]
  /** Default: no headers, and the defaults of TLS. */
  readonly access?: Access
  readonly profile: Profile
  /** The classes of the load. Requests that only other classes need are not sent. */
  readonly clients: readonly ClientClass[]
  readonly limits: Limits
  readonly signal: AbortSignal
  readonly patienceMs?: number
  /** The addresses of hosts that no resolver knows, by URL. */
  readonly at?: Addresses
  /** Called if a server closes the connection after each response: it answers the first of several requests at once. */
  readonly closesAlways?: () => void
}

/**
 * Sends every kind of request of the load once to every URL, so that a wrong URL or a missing route is one error instead of
 * thousands of drops.
 *
 * @returns the address at which each URL answered, for the load to use
 * @throws {UsageError} that names the URL, the request and the result
 */
export async function preflight({
  urls,
  access = PLAIN,
  profile,
  clients,
  limits,
  signal,
  patienceMs = PATIENCE,
  at = new Map(),
  closesAlways = () => {},
}: PreflightOptions): Promise<Addresses> {
  const end = now() + patienceMs
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  try {
    const options = { access, profile, clients, limits, signal: either, end, at, closesAlways }
    return new Map(await Promise.all(urls.map(async (url) => [url, await check(url, options)] as const)))
  } finally {
    // The first error is reported; the other URLs do not matter then.
    stop.abort()
  }
}

interface Check extends Omit<PreflightOptions, 'urls' | 'patienceMs' | 'at'> {
  readonly closesAlways: () => void
  readonly access: Access
  readonly at: Addresses
  readonly end: number
}

/** Probes one URL, one request after the other, so that the first error is reported. */
async function check(url: string, options: Check): Promise<string> {
  const { access, profile, clients, signal, end } = options
  const address = options.at.get(url) ?? (await addressOf(url, options))
  const origin = parseOrigin(url, { address, access })
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
  /** Continues the error message, if the failure needs an explanation. */
  readonly explanation?: string
}

function probesOf(profile: Profile, clients: readonly ClientClass[]): Probe[] {
  const chosen = clients.filter((client) => client.supports(profile))
  const own = chosen.flatMap(({ probe, habit }) => [...(probe ? [{ probe }] : []), ...(habit ? [habit] : [])])
  // A load of HTTP/2 alone, for example, sends no HTTP/1.1 probe: the service may not speak it.
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
  { profile, limits, signal, closesAlways }: Check,
  probe: Probe['probe'],
): Promise<FailedAttempt | undefined> {
  // Never the same id twice: a service may refuse to create the same item again.
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
    created: new Set<string>(),
  })
  while (ledger.totals.inFlight > 0) {
    // oxlint-disable-next-line no-await-in-loop -- waits in turns
    await sleep(10)
    if (signal.aborted) ledger.giveUpAll()
    else ledger.giveUpOverdue()
  }
  const { failures, outcomes } = ledger.summary()
  // A server that answers the first of several requests with `Connection: close` owes no answer to the others.
  if (outcomes['not-processed'] > 0) closesAlways()
  return failures.find(({ outcome }) => outcome !== 'not-processed')
}

/** Returns whether a failure may pass with time. */
const mayPass = (failure: FailedAttempt): boolean => {
  const { outcome, code } = failure.ending
  return outcome !== '4xx' && outcome !== 'wrong-body' && code !== 'ENOTFOUND' && tlsProblem(failure) === undefined
}

const tlsProblem = ({ ending: { code, detail = '' } }: FailedAttempt): string | undefined =>
  explainTls({ code, message: detail })

function explain(url: string, failure: FailedAttempt, profile: Profile, explanation?: string): UsageError {
  const { attempt, ending } = failure
  const { outcome, detail = outcome } = ending
  const tls = tlsProblem(failure)
  if (tls !== undefined) return new UsageError(`${url}: ${tls}`)
  // The words of Go and of nginx.
  if (/HTTPS (?:server|port)/u.test(detail)) return new UsageError(`${url} speaks HTTPS: write https:// in its URL`)
  if (explanation !== undefined) return new UsageError(`${url}: ${detail}: ${explanation}`)
  if (ending.status === 401 || ending.status === 403) {
    return new UsageError(
      `${attempt?.method} ${attempt?.path} at ${url}: ${detail.slice(0, 160)}; give the credentials with --header, as in --header 'Authorization: Bearer \${TOKEN}'`,
    )
  }
  if (outcome === '4xx' || outcome === '5xx' || outcome === 'wrong-body') {
    return new UsageError(
      `${attempt?.method} ${attempt?.path} at ${url}: ${detail.slice(0, 160)}; the load needs the routes of ${profile.name}: ` +
        'point it at that service, or describe this one with --profile',
    )
  }
  return unusable(url, detail)
}

const unusable = (url: string, detail: string): UsageError =>
  new UsageError(
    `no service answers at ${url}: ${detail}; pass its address with --url${url.startsWith('http:') ? ', which begins with https:// if it speaks TLS' : ''}`,
  )
