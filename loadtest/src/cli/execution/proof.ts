import type { HarnessError } from '../../base/errors.js'
import { anyService } from '../../inputs/profile/any-service.js'
import { cloudCommunal } from '../../inputs/profile/cloud-communal.js'
import type { Profile } from '../../inputs/profile/profile.js'
import { readProfile } from '../../inputs/profile/read-profile.js'
import { prove } from '../../proof/prove.js'
import type { Proof } from '../../proof/prove.js'
import { REPORTS } from '../../reports/index.js'
import { reportOf } from '../../reports/report.js'
import type { Report, Settings } from '../../reports/report.js'
import type { RunWatcher } from '../../proof/run-options.js'
import { clientsFor } from '../settings/client-choice.js'
import { variables } from '../settings/local-settings.js'
import { targetFactory } from './create-target.js'
import type { TargetFactory } from './create-target.js'
import type { ProveSettings } from '../settings/prove-settings.js'
import { writeReports } from './report-file.js'
import { VERSION } from '../version.js'

const WARM_UP = 3_000
const COOL_DOWN = 3_000
const CONNECT = 5_000

interface Proved {
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
  return { proof, report, unwritten: writeReports(settings.reportFiles, report) }
}

function profileOf({ profile, target }: ProveSettings): Profile {
  if (profile !== undefined) return readProfile(profile)
  return target.kind === 'local' && target.command !== undefined
    ? anyService(target.path, target.contains)
    : cloudCommunal
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

/**
 * The settings as the report shows them: flat, the workload as kubectl names it, null for what is not set. Variables have no values,
 * which can be secrets.
 */
function plain({ target, scenario: { scenario, values }, reportFiles, ...rest }: ProveSettings): Settings {
  const { kind, ...own } =
    target.kind === 'local'
      ? { ...target, env: Object.keys(variables(target.env)).map((name) => `${name}=***`) }
      : { ...target, workload: `${target.workload.kind.word}/${target.workload.name}` }
  const files = Object.fromEntries(REPORTS.map(({ flag }) => [flag, reportFiles.get(flag)]))
  const entries = Object.entries({ target: kind, scenario: scenario.name, ...values, ...rest, ...files, ...own })
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? null]))
}
