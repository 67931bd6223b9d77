import { UsageError } from '../../base/errors.js'
import { extname } from 'node:path'
import { scenariosOf } from '../../scenarios/index.js'
import type { Scenario, TargetKind } from '../../scenarios/scenario.js'
import { choice, one, readFlags } from '../flags/flag.js'
import type { GivenFlags } from '../flags/flag.js'
import { nearest } from '../../base/nearest.js'
import { junitFile, readProveSettings } from './prove-settings.js'
import type { ProveSettings } from './prove-settings.js'
import { SUITE_FLAGS } from '../flags/suite-flags.js'

/** A command line of `zero-drop suite`: one of `zero-drop prove` for each scenario. */
export interface SuiteSettings {
  readonly proofs: readonly ProveSettings[]
  /** Of all of them; undefined: not written. */
  readonly junit: string | undefined
  readonly json: boolean
  readonly quiet: boolean
}

/**
 * @returns undefined when help was asked for
 * @throws {UsageError} in one sentence, naming the flag, what it got and the way out
 */
export function readSuiteSettings(args: readonly string[]): SuiteSettings | undefined {
  const given = readFlags(args, SUITE_FLAGS)
  if (given.has('help')) return undefined
  const kind = choice(given, 'target', ['local', 'kubernetes']) ?? 'local'
  const chosen = chosenScenarios(given, kind)
  refuseFlagsOfNone(given, chosen)
  const proofs = chosen.map((scenario) => {
    const settings = readProveSettings(proveArguments(given, scenario))
    if (settings === undefined) throw new UsageError('--help belongs to the suite.')
    return settings
  })
  const others = proofs.flatMap(({ report, html }) => [report, html])
  return { proofs, junit: junitFile(given, others), json: given.has('json'), quiet: given.has('quiet') }
}

function chosenScenarios(given: GivenFlags, kind: TargetKind): readonly Scenario[] {
  const all = scenariosOf(kind)
  const text = one(given, 'scenarios')
  // Which version comes next is not guessed.
  if (text === undefined) return all.filter((scenario) => !needsImage(scenario, kind) || given.has('image'))
  const names = text.split(',').map((name) => name.trim())
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice !== undefined) throw new UsageError(`--scenarios: ${twice} was named twice; name it once.`)
  return names.map((name) => {
    const found = all.find((scenario) => scenario.name === name)
    if (found !== undefined) return found
    const known = all.map((scenario) => scenario.name)
    const guess = nearest(name, known)
    const hint = guess === undefined ? `There are: ${known.join(', ')}.` : `Did you mean ${guess}?`
    throw new UsageError(`--scenarios: ${kind} has no scenario ${JSON.stringify(name)}. ${hint}`)
  })
}

const needsImage = ({ kubernetes }: Scenario, kind: TargetKind): boolean =>
  kind === 'kubernetes' && kubernetes?.needsImage === true

/** The flags of one scenario belong to that one alone. */
function proveArguments(given: GivenFlags, scenario: Scenario): string[] {
  const others = scenariosOf().filter(({ name }) => name !== scenario.name)
  const foreign = new Set(others.flatMap(({ flags }) => flags.map(({ name }) => name)))
  for (const { name } of scenario.flags) foreign.delete(name)
  if (scenario.kubernetes?.needsImage !== true) foreign.add('image')
  const own = [...given].filter(
    ([name]) => !['scenarios', 'report', 'junit', 'json'].includes(name) && !foreign.has(name),
  )
  return [
    ...own.flatMap(([name, values]) => values.map((value) => (takesValue(name) ? `--${name}=${value}` : `--${name}`))),
    `--scenario=${scenario.name}`,
    `--report=${reportOf(one(given, 'report') ?? 'report.json', scenario.name)}`,
  ]
}

const takesValue = (name: string): boolean => SUITE_FLAGS.find((flag) => flag.name === name)?.value !== undefined

function reportOf(report: string, name: string): string {
  const extension = extname(report)
  return `${report.slice(0, report.length - extension.length)}.${name}${extension}`
}

/** A flag of a scenario that is not among them would be passed over. */
function refuseFlagsOfNone(given: GivenFlags, chosen: readonly Scenario[]): void {
  const used = new Set(chosen.flatMap(({ flags }) => flags.map(({ name }) => name)))
  for (const { name, flags } of scenariosOf()) {
    const stray = flags.find((flag) => given.has(flag.name) && !used.has(flag.name))
    if (stray === undefined) continue
    throw new UsageError(`--${stray.name} belongs to the scenario ${name}, which is not among --scenarios.`)
  }
}
