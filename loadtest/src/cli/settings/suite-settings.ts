import { UsageError } from '../../base/errors.js'
import { scenariosOf } from '../../scenarios/index.js'
import type { Scenario } from '../../scenarios/scenario.js'
import { parseFlags, type CommandLine } from '../flags/parse.js'
import type { ProveValues } from '../flags/prove-flags.js'
import { SUITE_FLAGS, type SuiteValues } from '../flags/suite-flags.js'
import { invalid, listOf } from '../flags/values.js'
import { proveSettings, type ProveSettings } from './prove-settings.js'
import { readSuiteFiles, reportFlagsOf, type ReportFiles } from './report-files.js'

/** A command line of `zero-drop suite`: the settings of one `zero-drop prove` for each scenario. */
export interface SuiteSettings {
  readonly proofs: readonly ProveSettings[]
  /** The reports of the whole suite. */
  readonly reportFiles: ReportFiles
  readonly json: boolean
  readonly verbose: boolean
  readonly quiet: boolean
  /** Prints what would be done, and stops. */
  readonly dryRun: boolean
}

/**
 * Reads a command line of `zero-drop suite`.
 *
 * @param args the words after `suite`
 * @throws {UsageError}
 */
export const readSuiteSettings = (args: readonly string[]): SuiteSettings =>
  suiteSettings(parseFlags<SuiteValues>('suite', SUITE_FLAGS, args))

/** @throws {UsageError} a flag cannot be used with one of the scenarios, or with none of them */
export function suiteSettings(line: CommandLine<SuiteValues>): SuiteSettings {
  const { values, given } = line
  const chosen = chosenScenarios(line)
  refuseFlagsOfOtherScenarios(line, chosen)
  if (given.has('image') && !chosen.some(needsImage)) {
    const other = scenariosOf(values.target).find(needsImage)?.name ?? 'set-image'
    throw new UsageError(
      `--image has no effect without the scenario ${other}: add ${other} to --scenarios, or leave --image out`,
    )
  }
  const proofs = chosen.map((scenario) => proveSettings(lineOf(scenario, line)))
  const others = proofs.map(({ reportFiles }) => reportFiles)
  const reportFiles = readSuiteFiles(given, others)
  return {
    proofs,
    reportFiles,
    json: values.json === true,
    verbose: values.verbose === true,
    quiet: values.quiet === true,
    dryRun: values.dryRun === true,
  }
}

function chosenScenarios({ values: { target, scenarios, image } }: CommandLine<SuiteValues>): readonly Scenario[] {
  const all = scenariosOf(target)
  // A cluster needs a new image for a new version, and no program can guess it.
  if (scenarios === undefined) return all.filter((one) => target === 'local' || image !== undefined || !needsImage(one))
  const names = listOf(all.map(({ name }) => name))(scenarios, '--scenarios')
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice !== undefined) throw invalid('--scenarios', scenarios, `${twice} is named twice; name it once`)
  return names.flatMap((name) => all.filter((scenario) => scenario.name === name))
}

const needsImage = ({ kubernetes }: Scenario): boolean => kubernetes?.needsImage === true

/** The command line of one scenario: its own flags, and a report of its own. */
function lineOf(scenario: Scenario, { values, given }: CommandLine<SuiteValues>): CommandLine<ProveValues> {
  const { scenarios: _scenarios, json: _json, image, ...rest } = values
  const others = scenariosOf().filter(({ name }) => name !== scenario.name)
  const foreign = new Set(others.flatMap(({ flags }) => flags.map(({ name }) => name)))
  for (const { name } of scenario.flags) foreign.delete(name)
  if (!needsImage(scenario)) foreign.add('image')
  return {
    values: {
      ...rest,
      ...(needsImage(scenario) && image !== undefined ? { image } : {}),
      service: 'graceful',
      scenario: scenario.name,
    },
    given: reportFlagsOf(scenario.name, new Map([...given].filter(([name]) => !foreign.has(name)))),
    words: [],
  }
}

function refuseFlagsOfOtherScenarios({ given }: CommandLine<SuiteValues>, chosen: readonly Scenario[]): void {
  const used = new Set(chosen.flatMap(({ flags }) => flags.map(({ name }) => name)))
  for (const { name, flags } of scenariosOf()) {
    const stray = flags.find((flag) => given.has(flag.name) && !used.has(flag.name))
    if (stray === undefined) continue
    throw new UsageError(
      `--${stray.name} has no effect without the scenario ${name}: add ${name} to --scenarios, or leave --${stray.name} out`,
    )
  }
}
