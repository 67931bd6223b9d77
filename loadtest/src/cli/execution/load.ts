import { OUTCOME_NAMES, OUTCOMES } from '../../base/attempt.js'
import { toEpoch } from '../../base/clock.js'
import { EXIT, type ExitStatus } from '../../base/exit-status.js'
import { bottleneck } from '../../base/machine/self-watch.js'
import { withoutSecrets } from '../../base/secrets.js'
import { upperBound } from '../../base/statistics.js'
import { clock, count, duration, oneIn, plural } from '../../base/text.js'
import { cloudCommunal } from '../../inputs/profile/cloud-communal.js'
import { readProfile } from '../../inputs/profile/read-profile.js'
import { timedLoad } from '../../workers/timed-load.js'
import type { TimedLoad } from '../../workers/timed-load.js'
import { accessFor } from '../settings/access-settings.js'
import { clientsFor } from '../settings/client-choice.js'
import type { TimedLoadSettings } from '../settings/timed-load-settings.js'
import { listenForInterrupts } from './output/interrupt.js'

const CONNECT = 5_000
/** So many drops are listed. */
const LISTED = 20

/**
 * Sends the load and prints what the clients saw.
 *
 * @throws {UsageError | HarnessError}
 */
export async function runTimedLoad(settings: TimedLoadSettings): Promise<ExitStatus> {
  const { urls, durationMs, workers, index, rate, seed } = settings
  const profile = settings.profile === undefined ? cloudCommunal : readProfile(settings.profile)
  const clients = clientsFor(profile, { named: settings.clientsNamed, clients: settings.clients })
  const access = accessFor(profile, settings.reach.access)
  const limits = { connectMs: CONNECT, answerMs: settings.answerTimeoutMs }
  const interruption = listenForInterrupts(
    () => 'Nothing has to be restored.',
    (text) => process.stderr.write(text),
  )
  try {
    const { signal } = interruption
    const sent = { rate, seed, workers, index, limits, durationMs, signal }
    const result = await timedLoad({ urls, access, profile, clients, ...sent })
    if (interruption.fault() !== undefined) throw interruption.fault()
    const judged = judge(result)
    process.stdout.write(
      withoutSecrets(settings.json ? `${JSON.stringify({ ...judged, ...result })}\n` : textOf(urls, result, judged)),
    )
    return judged.exitStatus
  } finally {
    interruption.uninstall()
  }
}

interface Judged {
  readonly exitStatus: ExitStatus
  readonly sentence: string
}

/** A drop outweighs every doubt. */
function judge({ ledger, harness, interrupted, startedAt, endedAt }: TimedLoad): Judged {
  const { attempts, drops, outcomes } = ledger
  const faults = OUTCOME_NAMES.filter((name) => OUTCOMES[name].standing === 'harness' && outcomes[name] > 0)
  const busy = bottleneck(harness)
  const seen = `${count(drops)} of ${plural(attempts, 'request')} dropped in ${duration(endedAt - startedAt)}`
  if (drops > 0) return { exitStatus: EXIT.drops, sentence: `Drops: ${seen}.` }
  const doubts = [
    ...(interrupted ? ['it was interrupted'] : []),
    ...(attempts === 0 ? ['nothing was sent'] : []),
    ...(interrupted ? [] : faults).map((name) => `${plural(outcomes[name], 'request')} ended as ${name}`),
    ...(busy === undefined ? [] : [busy]),
  ]
  if (doubts.length > 0) {
    return { exitStatus: EXIT.inconclusive, sentence: `Inconclusive: ${seen}, but ${doubts.join('; ')}.` }
  }
  const bound = upperBound(0, attempts) ?? 1
  return {
    exitStatus: EXIT.proven,
    sentence: `No drops: ${seen}, at 95 % confidence fewer than ${oneIn(bound)}. The clients alone were asked: no rollout was followed, and no naive twin shows that this load sees drops.`,
  }
}

function textOf(urls: readonly string[], { ledger }: TimedLoad, { sentence }: Judged): string {
  const { outcomes, failures, clients } = ledger
  const kinds = OUTCOME_NAMES.filter((name) => outcomes[name] > 0).map((name) => `${count(outcomes[name])} ${name}`)
  const latency = Object.entries(clients).map(
    ([name, { attempts, latencyMs }]) =>
      `  ${name}: ${plural(attempts, 'request')}, p50 ${duration(latencyMs.p50)}, p99 ${duration(latencyMs.p99)}, max ${duration(latencyMs.max)}`,
  )
  const listed = failures.slice(0, LISTED).map(({ client, url, attempt, outcome, ending, startedAt }) => {
    const what = attempt === undefined ? '' : ` ${attempt.method} ${attempt.path}`
    return `  ${clock(toEpoch(startedAt))}  ${client}${what} at ${url}: ${outcome}: ${ending.detail ?? ''}`
  })
  const more = failures.length > LISTED ? [`  … and ${count(failures.length - LISTED)} more`] : []
  return [`Load on ${urls.join(', ')}: ${kinds.join(', ')}`, ...latency, ...listed, ...more, sentence, ''].join('\n')
}
