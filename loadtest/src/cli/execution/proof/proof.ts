import type { HarnessError } from '../../../base/errors.js'
import { visible } from '../../../base/text.js'
import { sectionOfFindings, type ManifestFinding } from '../../../doctor/before-rollout.js'
import type { Profile } from '../../../inputs/profile/profile.js'
import { readProfile } from '../../../inputs/profile/read-profile.js'
import { prove } from '../../../proof/prove.js'
import type { Proof } from '../../../proof/prove.js'
import type { ProveOptions } from '../../../proof/prove-options.js'
import { reportOf } from '../../../reports/report.js'
import type { Report, Settings } from '../../../reports/report.js'
import type { RunWatcher } from '../../../proof/run-options.js'
import { accessFor } from '../../settings/access-settings.js'
import { clientsFor } from '../../settings/client-choice.js'
import type { LoadSettings } from '../../settings/load-settings.js'
import type { TargetFactory } from '../targets/create-target.js'
import { writeReports } from '../output/report-file.js'
import { VERSION } from '../../version.js'

const WARM_UP = 3_000
const COOL_DOWN = 3_000
const CONNECT = 5_000

/** A proof that a command line asks for, beside its load. */
export interface ProofPlan {
  readonly runs: Pick<
    ProveOptions,
    'service' | 'expects' | 'twin' | 'whyNoTwin' | 'rounds' | 'untilBound' | 'restoreAfterwards'
  >
  /** The profile if no file describes the service. */
  readonly profile: Profile
  /** @throws {UsageError} the target cannot be used */
  targets(): Promise<TargetFactory>
  /** Returns the findings of the doctor before the first run. Never throws. */
  findings(): Promise<readonly ManifestFinding[]>
  /** The settings for the report. */
  readonly shown: Settings
}

export interface Proved {
  readonly proof: Proof
  readonly report: Report
  /** The first report that could not be written. The caller throws it after printing the verdict. */
  readonly unwritten: HarnessError | undefined
}

/**
 * Runs a proof and writes its report files.
 *
 * @throws {UsageError | HarnessError}
 */
export async function proveAndReport(
  settings: LoadSettings,
  plan: ProofPlan,
  signal: AbortSignal,
  watcher: RunWatcher = {},
): Promise<Proved> {
  const profile = settings.profile === undefined ? plan.profile : readProfile(settings.profile)
  const clients = clientsFor(profile, { named: settings.clientsNamed, clients: settings.clients })
  const findings = await plan.findings()
  if (!settings.quiet) process.stderr.write(visible(sectionOfFindings(findings)))
  const targets = await unlessInterrupted(plan.targets(), signal)
  const proof = await prove({
    ...targets,
    ...plan.runs,
    profile,
    clients,
    access: accessFor(profile, settings.reach.access),
    rate: settings.rate,
    backgroundRate: settings.backgroundRate,
    retryingRate: settings.retryingRate,
    seed: settings.seed,
    limits: { connectMs: CONNECT, answerMs: settings.answerTimeoutMs },
    warmUpMs: WARM_UP,
    coolDownMs: COOL_DOWN,
    timeoutMs: settings.timeoutMs,
    signal,
    watcher,
  })
  const report = reportOf(proof, plan.shown, VERSION, findings)
  return { proof, report, unwritten: writeReports(settings.reportFiles, report) }
}

/** Stops waiting for the target factory on Ctrl-C: a cluster may need long to name the URLs of the service. */
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
    throw new Error('no target may be created after an interruption')
  },
}
