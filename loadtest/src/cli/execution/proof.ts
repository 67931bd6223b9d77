import { anyService } from '../../inputs/profile/any-service.js'
import { cloudCommunal } from '../../inputs/profile/cloud-communal.js'
import type { Profile } from '../../inputs/profile/profile.js'
import { readProfile } from '../../inputs/profile/read-profile.js'
import { prove } from '../../proof/prove.js'
import type { Proof } from '../../proof/prove.js'
import type { ReportCase } from '../../reports/format.js'
import { junitReport } from '../../reports/junit.js'
import { reportOf } from '../../reports/report.js'
import type { Report, Settings } from '../../reports/report.js'
import { htmlReport } from '../../reports/html/page.js'
import type { RunWatcher } from '../../proof/run-options.js'
import { clientsFor } from '../settings/client-choice.js'
import { targetFactory } from './create-target.js'
import type { TargetFactory } from './create-target.js'
import type { ProveSettings } from '../settings/prove-settings.js'
import { writeReport } from './report-file.js'
import { VERSION } from '../version.js'

const WARM_UP = 3_000
const COOL_DOWN = 3_000
const CONNECT = 5_000

interface Proved {
  readonly proof: Proof
  readonly report: Report
  /** Why a report is not in its file: to be thrown when what was found has been told. */
  readonly unwritten: unknown
}

/**
 * What `zero-drop prove` does between its command line and its last words: the proof, and its report in the file.
 *
 * @throws {UsageError | HarnessError}
 */
export async function proveAndReport(
  settings: ProveSettings,
  signal: AbortSignal,
  watcher: RunWatcher = {},
): Promise<Proved> {
  const profile = profileOf(settings)
  const clients = clientsFor(profile, { named: settings.clientsNamed, clients: settings.clients })
  const targets = await unlessInterrupted(targetFactory(settings), signal)
  const proof = await prove({
    ...targets,
    service: settings.service,
    expects: settings.scenario.scenario.expects,
    twin: settings.twin,
    whyNoTwin: settings.whyNoTwin,
    rounds: settings.rounds,
    untilBound: settings.untilBound,
    profile,
    clients,
    rate: settings.rate,
    backgroundRate: settings.backgroundRate,
    retryingRate: settings.retryingRate,
    seed: settings.seed,
    limits: { connectMs: CONNECT, answerMs: settings.answerTimeoutMs },
    warmUpMs: WARM_UP,
    coolDownMs: COOL_DOWN,
    timeoutMs: settings.timeoutMs,
    restoreAfterwards: settings.target.kind === 'kubernetes' && settings.target.restore,
    signal,
    watcher,
  })
  const report = reportOf(proof, plain(settings), VERSION)
  const failures = [
    failureOf(() => writeReport(settings.report, `${JSON.stringify(report, undefined, 2)}\n`)),
    failureOf(() => writeReport(settings.html, htmlReport(report))),
    failureOf(() => writeJunit(settings, caseOf(settings, proof))),
  ]
  return { proof, report, unwritten: failures.find((failure) => failure !== undefined) }
}

/** @throws {HarnessError} */
export function writeJunit({ junit }: ProveSettings, one: ReportCase): void {
  if (junit !== undefined) writeReport(junit, junitReport([one]))
}

function caseOf({ scenario, report }: ProveSettings, { verdict, runs }: Proof): ReportCase {
  const { exitStatus, sentence, statistics } = verdict
  const { requests, drops, terminations, twinDrops } = statistics
  return {
    scenario: scenario.scenario.name,
    exitStatus,
    sentence,
    durationMs: runs.reduce((sum, { startedAt, endedAt }) => sum + endedAt - startedAt, 0),
    properties: { requests, drops, terminations, twinDrops, report },
  }
}

function profileOf({ profile, target }: ProveSettings): Profile {
  if (profile !== undefined) return readProfile(profile)
  return target.kind === 'local' && target.command !== undefined
    ? anyService(target.path, target.contains)
    : cloudCommunal
}

/** A cluster may take its time to say where the service is. Who has been interrupted makes no target any more. */
async function unlessInterrupted(making: Promise<TargetFactory>, signal: AbortSignal): Promise<TargetFactory> {
  const interrupted = new Promise<TargetFactory>((resolve) => {
    if (signal.aborted) resolve(tooLate)
    else signal.addEventListener('abort', () => resolve(tooLate), { once: true })
  })
  const made = await Promise.race([making, interrupted])
  if (signal.aborted) making.catch(() => undefined)
  return made
}

const tooLate: TargetFactory = {
  createTarget: () => {
    throw new Error('a target was made after the interruption')
  },
}

const failureOf = (action: () => void): unknown => {
  try {
    action()
    return undefined
  } catch (error) {
    return error
  }
}

/** A workload is told as kubectl takes it. */
function plain({ target, scenario: { scenario, values }, ...rest }: ProveSettings): Settings {
  const { kind, ...own } =
    target.kind === 'local' ? target : { ...target, workload: `${target.workload.kind.word}/${target.workload.name}` }
  const entries = Object.entries({ target: kind, scenario: scenario.name, ...values, ...rest, ...own })
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? null]))
}
