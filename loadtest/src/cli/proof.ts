import { accessSync, constants, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { anyService } from '../profile/any-service.js'
import { cloudCommunal } from '../profile/cloud-communal.js'
import type { Profile } from '../profile/profile.js'
import { readProfile } from '../profile/read-profile.js'
import { prove } from '../prove.js'
import type { Proof } from '../prove.js'
import { jsonReport } from '../reports/json.js'
import type { Report, Settings } from '../reports/json.js'
import { htmlReport } from '../reports/html/page.js'
import type { RunWatcher } from '../run-options.js'
import { clientsFor } from './choose-clients.js'
import { targetFactory } from './create-target.js'
import type { ProveSettings } from './prove-settings.js'
import { UsageError } from './usage-error.js'
import { VERSION } from './version.js'

const WARM_UP = 3_000
const COOL_DOWN = 3_000
const LIMITS = { connectMs: 5_000, answerMs: 10_000 }

/**
 * What `zero-drop prove` does between its command line and its last words: the proof, and its report in the file.
 *
 * @throws {UsageError | TargetError}
 */
export async function proveAndReport(
  settings: ProveSettings,
  signal: AbortSignal,
  watcher: RunWatcher = {},
): Promise<{ readonly proof: Proof; readonly report: Report }> {
  const profile = profileOf(settings)
  const clients = clientsFor(profile, { named: settings.clientsNamed, clients: settings.clients })
  const proof = await prove({
    createTarget: await targetFactory(settings),
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
    seed: settings.seed,
    limits: LIMITS,
    warmUpMs: WARM_UP,
    coolDownMs: COOL_DOWN,
    timeoutMs: settings.timeoutMs,
    restoreAfterwards: settings.target.kind === 'kubernetes' && settings.target.restore,
    signal,
    watcher,
  })
  const report = jsonReport(proof, plain(settings), VERSION)
  writeReport(settings.report, `${JSON.stringify(report, undefined, 2)}\n`)
  writeReport(settings.html, htmlReport(report))
  return { proof, report }
}

function profileOf({ profile, target }: ProveSettings): Profile {
  if (profile !== undefined) return readProfile(profile)
  return target.kind === 'local' && target.command !== undefined ? anyService(target.path) : cloudCommunal
}

/** For somebody who leaves before the target was put back. */
export function whatIsLeft({ target }: ProveSettings): string {
  if (target.kind === 'local') return 'Every process of the run ends with this one.'
  const { namespace, workload } = target
  const name = `${workload.kind.word}/${workload.name}`
  return (
    `What was done to ${name} in ${namespace} stands as it is, and a clone for the naive twin may be left: ` +
    `see kubectl get ${workload.kind.resource},services,pods -n ${namespace} and kubectl get nodes; kubectl rollout undo ${name} -n ${namespace} goes back.`
  )
}

/** Said before the run, and not after it, when a report has nowhere to go. */
export function prepareReports({ report, html }: Pick<ProveSettings, 'report' | 'html'>): void {
  prepare('--report', report)
  prepare('--html', html)
}

function prepare(flag: string, path: string): void {
  try {
    accessSync(dirname(path), constants.W_OK)
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error('it is a folder')
  } catch (error) {
    throw new UsageError(
      `${flag}: ${path} cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
    )
  }
}

/** Whole or not at all: a reader never finds half of a report. */
function writeReport(path: string, text: string): void {
  const draft = `${path}.${process.pid}.tmp`
  writeFileSync(draft, text)
  renameSync(draft, path)
}

/** A workload is told as kubectl takes it. */
function plain({ target, scenario: { scenario, values }, ...rest }: ProveSettings): Settings {
  const { kind, ...own } =
    target.kind === 'local' ? target : { ...target, workload: `${target.workload.kind.word}/${target.workload.name}` }
  const entries = Object.entries({ target: kind, scenario: scenario.name, ...values, ...rest, ...own })
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? null]))
}
