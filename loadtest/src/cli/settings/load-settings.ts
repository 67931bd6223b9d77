import { existsSync } from 'node:fs'
import { PROFILE_FILE } from '../../inputs/profile/read-profile.js'
import type { AccessValues } from '../flags/access-flags.js'
import type { LoadValues } from '../flags/load-flags.js'
import type { CommandLine } from '../flags/parse.js'
import type { OutputValues } from '../flags/prove-flags.js'
import { readAccess, type AccessSettings } from './access-settings.js'
import { chooseClients } from './client-choice.js'
import { fromHere } from './paths.js'
import { readReportFiles, type ReportFiles } from './report-files.js'

/** The load, its profile and the output: the settings that every command with a load has. Paths are absolute. */
export interface LoadSettings {
  readonly timeoutMs: number
  readonly rate: number
  readonly backgroundRate: number
  readonly retryingRate: number
  /** How long a client waits for an overdue response. */
  readonly answerTimeoutMs: number
  readonly seed: number
  /** Undefined: the service of this repository. */
  readonly profile: string | undefined
  /** The profile was found in the current folder; no flag named it. */
  readonly profileFound: boolean
  readonly clients: readonly string[]
  /** {@link ChosenClients.named} */
  readonly clientsNamed: boolean
  /** The headers of every request, and TLS. */
  readonly reach: AccessSettings
  /** The absolute paths of the report files, by the flags of their formats. A report that is not written is absent. */
  readonly reportFiles: ReportFiles
  readonly json: boolean
  readonly verbose: boolean
  readonly quiet: boolean
  /** Prints what would be done, and stops. */
  readonly dryRun: boolean
}

/** @throws {UsageError} no client class is left, or two reports would be written to the same file */
export function readLoadSettings({
  values,
  given,
}: CommandLine<LoadValues & AccessValues & OutputValues & { readonly timeout: number }>): LoadSettings {
  const profile = profileFile(values.profile)
  const { clients, named: clientsNamed } = chooseClients(values)
  const { timeout, rate, background, retrying, answerTimeout, seed } = values
  return {
    timeoutMs: timeout * 1_000,
    rate,
    backgroundRate: background,
    retryingRate: retrying,
    answerTimeoutMs: answerTimeout * 1_000,
    seed,
    profile,
    profileFound: profile !== undefined && values.profile === undefined,
    clients,
    clientsNamed,
    reach: readAccess(values),
    reportFiles: readReportFiles(given),
    json: values.json === true,
    verbose: values.verbose === true,
    quiet: values.quiet === true,
    dryRun: values.dryRun === true,
  }
}

/** Returns the profile that was named, else the one in the current folder. */
function profileFile(named: string | undefined): string | undefined {
  if (named !== undefined) return fromHere(named)
  const found = fromHere(PROFILE_FILE)
  return existsSync(found) ? found : undefined
}
